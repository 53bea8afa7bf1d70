"""Everything that measures FaaSFarm: speed, what must hold at full size, agents, and other people's learners.

`python -m measure` says what there is. A part is a file of its own; each gives rows (`rows.Row`), which are printed as
text or JSON and, by `soak`, written to docs/measured.md. A new part is a file with a `PART` and a line in its command's
list.
"""
