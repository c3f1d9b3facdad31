"""Thecal's host tools: prescribe, watch and read out an intrathecal drug pump.

Engineering and research material, never a medical device. The parts::

    units        quantities as people write them <-> the integers of the wire
    prescribing  the prescription file, its rules, old and new side by side
    device       the link to a pump and what can be asked over it
    archive      the event log of a pump, read whole and decoded
    cli          what people type

The messages themselves are defined in `thecal_wire`, which the firmware
imports too; `thecal.wire` is the one typed door to it.
"""
