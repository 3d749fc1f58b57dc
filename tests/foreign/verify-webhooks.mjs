// Verifies webhooks with the library of the Standard Webhooks specification's authors. Reads from standard input
// [{ secret, id, timestamp, signature, body }] and prints [true | "why not"] as one line.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const verdict = ({ secret, id, timestamp, signature, body }) => {
  try {
    new Webhook(secret).verify(body, { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature });
    return true;
  } catch (error) {
    return error.message;
  }
};

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(verdict)));
