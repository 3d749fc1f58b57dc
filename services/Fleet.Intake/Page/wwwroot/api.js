import { text } from "./strings.js";

/** An answer that is not what was asked for: a problem document of the service, or no answer at all. */
export class ApiError extends Error {
  constructor(problem, status) {
    super(problem.code);
    Object.assign(this, { code: problem.code, title: problem.title, detail: problem.detail, status });
  }
}

const patience = 15_000;

async function call(method, path, { body, headers = {} } = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json", ...headers } : headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new ApiError({ code: "unreachable", detail: text.unreachable }, 0);
  }
  if (answer.ok || answer.status === 304) return answer;
  const problem = await answer.json().catch(() => ({ code: "unreachable", detail: text.unreachable }));
  throw new ApiError(problem, answer.status);
}

/** True when this browser is signed in. */
export const isSignedIn = async () => (await call("GET", "/session")).status === 200;

export const signIn = (key) => call("POST", "/session", { body: { api_key: key } });
export const signOut = () => call("DELETE", "/session");

/** Makes a job; the same key twice makes one. */
export async function submit({ link, options, key }) {
  const headers = { "Idempotency-Key": key };
  return (await call("POST", "/v1/jobs", { body: { source: { link }, options }, headers })).json();
}

/** A page of jobs, newest first: { data, next_cursor }. */
export async function list(cursor) {
  const query = new URLSearchParams({ limit: "30" });
  if (cursor) query.set("cursor", cursor);
  return (await call("GET", `/v1/jobs?${query}`)).json();
}

/** What the public page of a link says: { title, description }; nothing when there is none. */
export async function preview(link) {
  const answer = await call("GET", `/v1/preview?${new URLSearchParams({ link })}`);
  return answer.status === 204 ? undefined : answer.json();
}

export const cancel = async (id) => (await call("POST", `/v1/jobs/${id}/cancel`)).json();
export const retry = async (id) => (await call("POST", `/v1/jobs/${id}/retry`)).json();

/** The address of a result on this site, whatever public address the service gives. */
export const contentOf = (job, file) => `/v1/jobs/${job.id}/files/${file.id}/content`;
