"""What the wire tests are made of: processes, ports, raw SIP, the server, the edge, SIPp and real clients."""
