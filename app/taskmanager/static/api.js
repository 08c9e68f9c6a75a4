/** Talks to /api/v1 with the page's session; a refusal becomes a Problem that people can read. */

import { t } from "./texts.js";

const TOKEN = document.querySelector('meta[name="csrf-token"]').content;

// A browser keeps at most 64 KiB of changes on their way when the page goes.
const KEPT_LENGTH = 16384;

let underWay = 0;

/** Return whether a change of this browser's own is under way: its event is nobody else's. */
export function isSending() {
  return underWay > 0;
}

/** What the server refused, as RFC 9457 tells it. */
export class Problem extends Error {
  constructor(status, body) {
    const fields = (body.errors ?? []).map((fault) => `${fault.pointer.slice(1)} ${fault.detail}`);
    super(fields.length ? `${fields.join("; ")}.` : (body.detail ?? t("The server did not say why.")));
    this.status = status;
  }
}

/**
 * Send a request and return the parsed answer.
 * @param {string} method HTTP method
 * @param {string} path below /api/v1
 * @param {{body?: object|FormData|Blob, version?: number}} options the version makes the server refuse a stale change
 */
export async function send(method, path, { body, version } = {}) {
  const headers = { "X-CSRF-Token": TOKEN, Accept: "application/json" };
  const isRaw = body instanceof FormData || body instanceof Blob;
  if (body && !isRaw) headers["Content-Type"] = "application/json";
  if (version) headers["If-Match"] = `"${version}"`;
  if (method === "POST") headers["Idempotency-Key"] = crypto.randomUUID();
  const options = { method, headers, body: body && !isRaw ? JSON.stringify(body) : body };
  const changes = method !== "GET";
  // A change goes on when the page is reloaded or left in the next moment.
  options.keepalive = changes && !isRaw && (options.body ?? "").length < KEPT_LENGTH;
  underWay += changes;
  try {
    return await read(await reach(`/api/v1${path}`, options));
  } finally {
    underWay -= changes;
  }
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new Problem(0, { detail: t("The server cannot be reached; your change is not saved.") });
  }
}

async function read(response) {
  if (response.status === 401) location.assign("/sign-in");
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}
