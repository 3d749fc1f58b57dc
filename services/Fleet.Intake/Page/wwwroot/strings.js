// Every word of the page, and how it writes numbers. Another language is another file like this one.

export const text = {
  skip: "Skip to the link",
  install: "Install",
  signOut: "Sign out",
  offline: "You are offline. Links that you add are sent when you are back.",
  newVersion: "There is a new version of this page.",
  reload: "Reload",

  signInTitle: "Sign in",
  signInHelp: "Give your API key once. This browser then stays signed in for 30 days and forgets the key.",
  apiKey: "API key",
  signIn: "Sign in",
  signInWrong: "This key is not valid. It begins with flt_live_ and has 59 characters.",

  linkLabel: "Link to a Telegram message",
  linkPlaceholder: "https://t.me/name/123",
  clear: "Clear the link",
  paste: "Paste",
  pasteRefused: "The browser did not hand over the clipboard. Paste with the keyboard or a long press.",
  format: "Format",
  more: "Quality, sound and name",
  quality: "Quality of videos",
  audio: "Languages of the sound, best first",
  audioPlaceholder: "de, en",
  audioHelp: "Tags such as de or pt-BR. Empty takes the track that the file marks as the usual one.",
  allAudio: "Keep every track",
  fileName: "Name of the file",
  fileNamePlaceholder: "As on Telegram",
  submit: "Get the file",
  sending: "Sending…",

  history: "Your files",
  empty: "Nothing here yet. Paste a link above, or share one to this page from Telegram.",
  older: "Show older ones",
  download: "Download",
  play: "Play",
  cancel: "Cancel",
  canceling: "Canceling…",
  retry: "Try again",
  apiLink: "API",
  problemsLink: "Error codes",

  noLink: "This does not contain a Telegram link. They look like https://t.me/name/123.",
  unreachable: "The service cannot be reached. Check the connection and try again.",
  queuedOffline: "Will be sent when you are online.",
  failedToSend: "Was not accepted",
};

export const formats = {
  auto: ["Plays anywhere", "The original when browsers play it, else MP4 without loss"],
  mp4: ["MP4", "Video and sound as they are, in an MP4 file"],
  audio: ["Sound only", "The sound track alone, as it is"],
  mkv: ["MKV", "Every track and every subtitle"],
  original: ["Original", "Byte for byte what Telegram has"],
};

/** Most lines of a picture, of the qualities that Telegram has of a video. */
export const qualities = { "": "As it was sent", 1080: "At most 1080p", 720: "At most 720p", 480: "At most 480p" };

export const about = {
  message: (chat, id) => `Message ${id} in ${chat}`,
  range: (chat, first, last) => `Messages ${first} to ${last} in ${chat}`,
  story: (chat, id) => `Story ${id} of ${chat}`,
  privateChat: "a private chat",
};

const stages = {
  resolving: "Looking the message up",
  waiting: "Waiting for an account",
  downloading: "Downloading",
  probing: "Reading the file",
  remuxing: "Repacking",
  uploading: "Storing",
  finalizing: "Finishing",
};

const waits = {
  flood: "Telegram asked to slow down",
  capacity: "Every account is busy",
  retry: "Something failed; trying again",
  shared: "Already being fetched for somebody else",
  paused: "Paused by the operator",
};

const problems = {
  link_malformed: text.noLink,
  link_invalid: text.noLink,
  link_host_unknown: "This link does not lead to Telegram.",
  link_not_a_message: "This link leads to a chat, not to a message. Open the message and copy its own link.",
  link_unsupported: "Links of this kind hold nothing that could be downloaded.",
  message_not_found: "The chat or the message does not exist. It may have been deleted.",
  no_media: "The message holds no file.",
  content_protected: "The chat forbids saving its content.",
  source_private: "The chat is private, and no account of this service is a member.",
  invite_names_no_message: "An invitation names no message. Copy the link of a message in the chat.",
  too_large: "The file is larger than this service allows.",
  too_many_items: "The link asks for more than 100 files.",
  media_truncated: "The file on Telegram is cut off.",
  media_invalid: "The file is damaged, or is no media file. Ask for the original to get it as it is.",
  media_unsupported: "The file does not fit into this format. Ask for the original.",
  rate_limited: "Too many requests. Wait a little.",
};

const date = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat("en", { timeStyle: "short" });
const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** 1536000 → "1.5 MB". */
export function bytes(count) {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const value = count / 1000 ** power;
  const digits = value < 10 && power > 0 ? 1 : 0;
  return new Intl.NumberFormat("en", { style: "unit", unit: units[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: digits }).format(value);
}

/** 3725 → "1:02:05". */
export function duration(seconds) {
  const all = Math.round(seconds);
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** What a person should know of an error: our own words where we have some, the service's elsewhere. */
export const problem = (error) => problems[error.code] ?? error.detail ?? error.title ?? text.unreachable;

/** How a job stands, in one line. */
export function state(job) {
  switch (job.status) {
    case "queued":
      return job.wait ? waiting(job.wait) : "In the queue";
    case "running":
      return job.wait ? waiting(job.wait) : running(job);
    case "canceling":
      return text.canceling;
    case "succeeded":
      return `Done · ${date.format(new Date(job.finished_at))}`;
    case "failed":
      return `Failed · ${date.format(new Date(job.finished_at))}`;
    default:
      return "Canceled";
  }
}

/** What is announced when it changes: the stage and every quarter, not every percent. */
export function milestone(job, title) {
  const quarter = Math.floor((job.progress?.percent ?? 0) / 25) * 25;
  const stage = job.status === "running" && !job.wait ? `${stages[job.stage] ?? ""} ${quarter ? `${quarter} %` : ""}` : state(job);
  return `${title}: ${stage.trim()}`;
}

function running(job) {
  const parts = [stages[job.stage] ?? "Working"];
  const { bytes_done: done, bytes_total: total, bytes_per_second: rate, eta_seconds: eta } = job.progress ?? {};
  if (job.stage === "downloading" && total) parts.push(`${bytes(done)} of ${bytes(total)}`);
  if (job.stage === "downloading" && rate) parts.push(`${bytes(rate)}/s`);
  if (job.stage === "downloading" && eta > 0) parts.push(`${duration(eta)} left`);
  return parts.join(" · ");
}

function waiting(wait) {
  const reason = waits[wait.reason] ?? "Waiting";
  return wait.until ? `${reason}, until ${clock.format(new Date(wait.until))}` : reason;
}
