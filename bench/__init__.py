"""
Measure the claim, the searches and the empty page on this machine: `make bench`.

Everything is its own: a PostgreSQL server under var/bench/, a web server on a port of 127.0.0.1,
data made for the purpose. All of it is removed at the end, also when the run is interrupted.
docs/performance.md says how to read the figures.
"""
