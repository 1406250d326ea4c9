// A sip.js user agent for the wire tests: watches contacts, publishes what is typed, prints what it is told.
//   node agent.mjs ws://EDGE sip:USER sip:CONTACT...     typed: open | closed | quit     prints: URI is open|closed
// With "winfo" for a contact it watches its own watchers and prints: watcher URI is STATUS.
import readline from "node:readline";
import { Publisher, PublisherState, Subscriber, UserAgent } from "sip.js";
import WebSocket from "ws";

globalThis.WebSocket = WebSocket;
const [server, user, ...contacts] = process.argv.slice(2);
const uri = (text) => UserAgent.makeURI(text);
const agent = new UserAgent({
  uri: uri(user),
  transportOptions: { server },
  gracefulShutdown: false,
  logLevel: "debug",
});

function show(notification, contact) {
  notification.accept();
  const basic = /<(?:\w+:)?basic[^>]*>\s*(\w+)/.exec(notification.request.body);
  if (basic) console.log(`${contact} is ${basic[1]}`);
}

function showWatchers(notification) {
  notification.accept();
  for (const [, attributes, watcher] of (notification.request.body ?? "").matchAll(/<watcher\s([^>]*)>\s*([^<\s]+)/g)) {
    console.log(`watcher ${watcher} is ${/status="(\w+)"/.exec(attributes)[1]}`);
  }
}

function watch(contact) {
  const own = contact === "winfo";
  const [target, event] = own ? [user, "presence.winfo"] : [contact, "presence"];
  const type = own ? "application/watcherinfo+xml" : "application/pidf+xml";
  const subscriber = new Subscriber(agent, uri(target), event, { expires: 600, extraHeaders: [`Accept: ${type}`] });
  subscriber.delegate = { onNotify: (n) => (own ? showWatchers(n) : show(n, contact)) };
  subscriber.subscribe();
  return subscriber;
}

const document = (basic) => `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${user}">
<tuple id="sipjs"><status><basic>${basic}</basic></status><contact>${user}</contact></tuple></presence>`;

await agent.start();
const publisher = new Publisher(agent, uri(user), "presence", { expires: 600, contentType: "application/pidf+xml" });
publisher.stateChange.addListener((state) => {
  console.log(`publisher ${state}`);
  if (state === PublisherState.Unpublished) agent.stop().then(() => process.exit(0));
});
contacts.map(watch);
console.log("ready");
readline.createInterface({ input: process.stdin }).on("line", (word) => {
  if (word === "quit") publisher.unpublish();
  else publisher.publish(document(word));
});
