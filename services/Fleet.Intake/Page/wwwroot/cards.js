import { contentOf } from "./api.js";
import { bytes, duration, milestone, problem, state, text } from "./strings.js";

const jobTemplate = document.getElementById("job");
const fileTemplate = document.getElementById("file");

export const isFinal = (job) => ["succeeded", "failed", "canceled", "unsent"].includes(job.status);

export const titleOf = (job) => job.files?.[0]?.name ?? job.media?.file_name ?? job.source.link.replace(/^https?:\/\//, "");

/** A card for a job, which `actions.cancel` and `actions.retry` are called of with its id. */
export function createCard(job, actions) {
  const card = jobTemplate.content.firstElementChild.cloneNode(true);
  card.id = `job-${job.id}`;
  for (const button of card.querySelectorAll("button")) {
    button.textContent = text[button.dataset.action];
    button.addEventListener("click", () => actions[button.dataset.action](job.id, button));
  }
  updateCard(card, job);
  return card;
}

/** Shows how a job stands now; returns what to announce, or nothing when nothing worth a word has changed. */
export function updateCard(card, job) {
  const now = JSON.stringify(job);
  if (card.dataset.shown === now) return undefined;
  card.dataset.shown = now;
  card.dataset.status = job.status;
  const title = titleOf(job);
  card.querySelector("h3").textContent = title;
  card.querySelector(".state").textContent = job.note ?? state(job);
  card.querySelector(".error").textContent = job.error ? problem(job.error) : "";
  showProgress(card.querySelector("progress"), job, title);
  showFiles(card.querySelector(".files"), job);
  showAction(card, "cancel", ["queued", "running"].includes(job.status), title);
  showAction(card, "retry", job.status === "failed", title);
  const said = milestone(job, title);
  const changed = card.dataset.said !== undefined && card.dataset.said !== said;
  card.dataset.said = said;
  return changed ? said : undefined;
}

function showAction(card, name, visible, title) {
  const button = card.querySelector(`[data-action=${name}]`);
  button.hidden = !visible;
  button.disabled = false;
  button.setAttribute("aria-label", `${text[name]}: ${title}`);
}

function showProgress(bar, job, title) {
  bar.hidden = isFinal(job) || job.status === "held";
  bar.setAttribute("aria-label", title);
  const percent = job.progress?.percent;
  if (percent === undefined || job.stage === "remuxing") bar.removeAttribute("value");
  else bar.value = percent;
}

function showFiles(list, job) {
  const files = job.files ?? [];
  list.hidden = files.length === 0;
  list.replaceChildren(...files.map((file) => fileOf(job, file, files.length > 1)));
}

function fileOf(job, file, named) {
  const row = fileTemplate.content.firstElementChild.cloneNode(true);
  row.querySelector(".name").textContent = named ? file.name : "";
  const facts = [bytes(file.size_bytes), file.duration_ms && duration(file.duration_ms / 1000), file.container];
  row.querySelector(".facts").textContent = facts.filter(Boolean).join(" · ");
  link(row, "download", contentOf(job, file), file);
  link(row, "play", `${contentOf(job, file)}?inline=1`, file);
  row.querySelector("[data-action=play]").hidden = file.playable?.web === "no" || !file.playable;
  return row;
}

function link(row, action, href, file) {
  const anchor = row.querySelector(`[data-action=${action}]`);
  anchor.href = href;
  anchor.textContent = text[action];
  anchor.setAttribute("aria-label", `${text[action]}: ${file.name}`);
}
