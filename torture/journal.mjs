// A load of first choices, and a journal of what was sent and what was acknowledged.
import http from 'node:http';
import { randomBytes, randomUUID } from 'node:crypto';

const CHOICES = { functional: true, analytics: true, advertising: true, retargeting: true };

/** The body of one new visitor's yes. */
export const firstChoice = (notice) => JSON.stringify({
  id: randomUUID(),
  visitor_secret: randomBytes(16).toString('base64url'),
  notice,
  base_version: 0,
  action: 'accept_all',
  choices: CHOICES,
  language: 'en',
  method: 'banner',
});

/** Posts over a fixed number of kept connections. */
export class Poster {
  constructor(ouinon, site, origin, connections) {
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
    this.options = {
      host: '127.0.0.1',
      port: ouinon.port,
      path: `/v1/sites/${site.id}/consents`,
      method: 'POST',
      agent: this.agent,
      headers: { origin, 'content-type': 'text/plain;charset=UTF-8' },
    };
  }

  /** The answer, or an error when none came. */
  post(body) {
    return new Promise((resolve, reject) => {
      const request = http.request({ ...this.options, headers: { ...this.options.headers, 'content-length': Buffer.byteLength(body) } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part) => { text += part; });
        answer.on('error', reject);
        answer.on('aborted', () => reject(new Error('cut off')));
        answer.on('end', () => resolve({ status: answer.statusCode, text }));
      });
      request.setTimeout(20000, () => request.destroy(new Error('no answer in 20 s')));
      request.on('error', reject);
      request.end(body);
    });
  }

  close() {
    this.agent.destroy();
  }
}

/** Sends every body once, `width` at a time; notes answers in the journal and calls `onAck`. */
export async function sendAll(poster, bodies, journal, width, onAck = () => {}) {
  const queue = bodies.slice();
  const work = async () => {
    for (let body = queue.shift(); body; body = queue.shift()) {
      journal.sent.add(JSON.parse(body).id);
      try {
        const { status, text } = await poster.post(body);
        if (status === 201 || status === 200) {
          journal.acked.set(body, JSON.parse(text));
          onAck(journal.acked.size);
        } else {
          journal.refused.push({ status, text });
        }
      } catch {
        journal.unanswered += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, work));
}

export const newJournal = () => ({ sent: new Set(), acked: new Map(), refused: [], unanswered: 0 });
