"""Real clients publish for each other through the edge and the server; each is judged by its own display."""

import unittest

from harness import clients
from harness.case import Options, WireTest


class RealClients(WireTest):
    """All at once, each with all others as contacts: every one is publisher for, and watcher of, every other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        wanted = clients.ALL if Options.all else clients.DEFAULT
        missing = [reason for reason in (kind.missing() for kind in wanted) if reason]
        kinds = [kind for kind in wanted if not kind.missing()]
        if len(kinds) < 2:
            raise unittest.SkipTest("; ".join(missing))
        for reason in missing:
            print(f"note: {reason}")
        cls.start_server()
        edge = cls.start_edge()
        names = [kind.name for kind in kinds]
        cls.clients = [kind(names, edge.address, cls.folder) for kind in kinds]
        for client in cls.clients:
            cls.addClassCleanup(client.stop)

    def others_show(self, publisher, state):
        for watcher in self.running:
            if watcher is not publisher:
                with self.subTest(publisher=publisher.name, watcher=watcher.name, state=state):
                    watcher.wait_shows(publisher.name, state)

    def test_each_shows_what_the_others_publish(self):
        """
        For each publisher, every other display shows: open, closed, open, gone (closed), and open when it is back.
        """
        self.running = []
        for client in self.clients:
            client.start()
            for other in self.running:
                client.wait_shows(other.name, "open")
            self.running.append(client)
            self.others_show(client, "open")
        for client in self.clients:
            if isinstance(client, clients.SipJs) and not Options.against_kamailio:
                for name in client.contacts:
                    client.wait_watched_by(name)
        for publisher in self.clients:
            if publisher.can_close:
                publisher.close()
                self.others_show(publisher, "closed")
                publisher.open()
                self.others_show(publisher, "open")
            publisher.quit()
            self.others_show(publisher, "closed")
            publisher.start()
            self.others_show(publisher, "open")
            for other in self.clients:
                if other is not publisher:
                    publisher.wait_shows(other.name, "open")
