"""An rfc2217 server before a pty, as a terminal server stands before a pump."""

import socket
import threading

import serial
import serial.rfc2217


class _WithModemLines:
    """A pty with the modem lines that it lacks and that rfc2217 asks for."""

    LINES = ("cts", "dsr", "ri", "cd", "rts", "dtr", "break_condition")

    def __init__(self, port: serial.Serial) -> None:
        self.__dict__["_port"] = port

    def __getattr__(self, name: str):
        return False if name in self.LINES else getattr(self._port, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self.LINES:
            setattr(self._port, name, value)


class Bridge:
    """Serves one client at `url`; `close` after that client has gone."""

    def __init__(self, port: str) -> None:
        self._serial = serial.serial_for_url(port, timeout=0.01)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._server.getsockname()[1]}"
        self._ended = False
        self._threads = [threading.Thread(target=self._down, daemon=True)]
        self._threads[0].start()

    def write(self, data: bytes) -> None:
        """Send to the client; the manager's answers go this way too."""
        self._client.sendall(data)

    def close(self) -> None:
        """End both directions."""
        self._ended = True
        for thread in self._threads:
            thread.join()
        self._client.close()
        self._server.close()
        self._serial.close()

    def _down(self) -> None:
        self._client, _ = self._server.accept()
        self._manager = serial.rfc2217.PortManager(_WithModemLines(self._serial), self)
        self._threads.append(threading.Thread(target=self._up, daemon=True))
        self._threads[1].start()
        while data := self._client.recv(1024):
            self._serial.write(b"".join(self._manager.filter(data)))

    def _up(self) -> None:
        while not self._ended:
            if data := self._serial.read(self._serial.in_waiting or 1):
                self.write(b"".join(self._manager.escape(data)))
