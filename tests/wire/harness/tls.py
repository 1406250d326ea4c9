"""Certificates by openssl, and the TLS that Debian's SIPp lacks: a tunnel that wraps its TCP connection."""

import pathlib
import socket
import ssl
import subprocess
import threading

from .net import LOCALHOST, free_block
from .process import DEADLINE_S


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def self_signed(folder):
    """A (certificate, private key) pair of PEM files for loopback."""
    certificate, key = pathlib.Path(folder) / "certificate.pem", pathlib.Path(folder) / "key.pem"
    _openssl("req", "-x509", *_NEW_KEY, "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", certificate)
    return certificate, key


class Authority:
    """Signs certificates; its own is the PEM file `path`."""

    def __init__(self, folder, name):
        self._folder, self._name = pathlib.Path(folder), name
        self.path, self._key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        _openssl("req", "-x509", *_NEW_KEY, "-days", "2", "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.path)

    def certificate(self, host):
        """A (certificate, private key) pair of PEM files for a host name."""
        base = self._folder / f"{self._name}-{host}"
        request, extension = base.with_suffix(".csr"), base.with_suffix(".ext")
        certificate, key = base.with_suffix(".cert"), base.with_suffix(".key")
        extension.write_text(f"subjectAltName=DNS:{host}\n")
        _openssl("req", *_NEW_KEY, "-subj", f"/CN={host}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self._key, "-CAcreateserial", "-days", "2",
                 "-extfile", extension, "-out", certificate)
        return certificate, key


class Tunnel:
    """Accepts one plain connection at `address` and carries it over TLS to `server`, from the (host, port) `at`.

    The server sees the client's Contact as the other end of the connection, and so sends its requests over it.
    """

    def __init__(self, server, certificate, at):
        self.address = (LOCALHOST, free_block(1))
        self._listener = socket.create_server(self.address)
        context = ssl.create_default_context(cafile=certificate)
        plain = socket.create_connection(server, DEADLINE_S, at)
        self._secure = context.wrap_socket(plain, server_hostname=server[0])
        self._secure.settimeout(None)
        self._inside = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        try:
            self._inside, _ = self._listener.accept()
        except OSError:
            return
        threading.Thread(target=_copy, args=(self._secure, self._inside), daemon=True).start()
        _copy(self._inside, self._secure)

    def close(self):
        for end in (self._listener, self._inside, self._secure):
            if end:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except (OSError, ssl.SSLError):
        pass
