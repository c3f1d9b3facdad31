"""Is a reply what its request asked for?"""

from thecal import wire
from thecal.device.demux import Bulk
from thecal.device.refusals import refusal
from thecal.errors import DamagedReply, ProtocolMismatch
from thecal.wire import Frame
from thecal_wire import PROTOCOL_VERSION, messages

Reply = Frame | Bulk


def judge(port: str, kind: int, reply: Reply, request: bytes = b"") -> Reply:
    """Return `reply` if it answers a request of type `kind` whose payload was `request`.

    Raises DeviceRefused for an ERROR, DamagedReply for a block with a wrong
    CRC, ProtocolMismatch for another version or type.
    """
    name = wire.command_name(kind)
    if isinstance(reply, Bulk):
        if not reply.intact:
            raise DamagedReply(port, name)
        return reply
    if reply.version != PROTOCOL_VERSION:
        raise ProtocolMismatch(
            f"the pump speaks protocol {reply.version}, this host {PROTOCOL_VERSION}"
        )
    if reply.kind == messages.ERROR:
        raise refusal(kind, reply.payload, request)
    if reply.kind != kind | messages.REPLY:
        raise ProtocolMismatch(f"the pump answered {name} with type 0x{reply.kind:02x}")
    return reply
