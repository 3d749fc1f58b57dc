import * as api from "./api.js";
import { createCard, isFinal, updateCard } from "./cards.js";
import { about, formats, problem, qualities, text } from "./strings.js";

const refreshEvery = 1500;
const previewAfter = 400;
const mostHeld = 50;
const heldKey = "fleet.held";
const $ = (id) => document.getElementById(id);

const jobs = new Map();
let nextCursor;
let timer;
let previewTimer;
let previewed;

fillInWords();
fillInFormats();
listen();
start();
registerWorker();

function fillInWords() {
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text[element.dataset.text];
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = text[element.dataset.placeholder];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text[element.dataset.label]);
}

function fillInFormats() {
  for (const [value, [name, help]] of Object.entries(formats)) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "format", value, checked: value === "auto" });
    const title = Object.assign(document.createElement("strong"), { textContent: name });
    const hint = Object.assign(document.createElement("span"), { textContent: help });
    label.append(input, title, hint);
    $("formats").append(label);
  }
  for (const [value, name] of Object.entries(qualities)) $("quality").append(new Option(name, value));
}

function listen() {
  $("sign-in").addEventListener("submit", signIn);
  $("sign-out").addEventListener("click", signOut);
  $("omnibox").addEventListener("submit", send);
  $("link").addEventListener("input", describeLink);
  $("clear").addEventListener("click", () => setLink(""));
  $("paste").addEventListener("click", paste);
  $("older").addEventListener("click", showOlder);
  addEventListener("online", start);
  addEventListener("offline", showConnection);
  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  addEventListener("beforeinstallprompt", offerInstall);
}

// -- signing in

async function start() {
  showConnection();
  takeSharedLink();
  try {
    show(await api.isSignedIn());
  } catch {
    show(true); // no answer: the shell works, and what is sent is held
  }
}

function show(signedIn) {
  $("sign-in").hidden = signedIn;
  for (const id of ["omnibox", "history", "sign-out"]) $(id).hidden = !signedIn;
  if (!signedIn) return $("api-key").focus();
  if ($("link").value) $("submit").focus();
  showHeld();
  return sendHeld().then(refresh);
}

async function signIn(event) {
  event.preventDefault();
  $("sign-in-error").textContent = "";
  try {
    await api.signIn($("api-key").value);
    $("api-key").value = "";
    await show(true);
    $("link").focus();
  } catch (error) {
    $("sign-in-error").textContent = error.status === 401 ? text.signInWrong : problem(error);
    $("api-key").focus();
  }
}

async function signOut() {
  await api.signOut().catch(() => undefined);
  jobs.clear();
  localStorage.removeItem(heldKey);
  location.assign("/");
}

// -- the link

/** The Telegram link inside a text, or nothing. */
function findLink(words) {
  const found = /(?:https?:\/\/)?(?:[a-z0-9_]{4,32}\.)?(?:t\.me|telegram\.me|telegram\.dog)\/[^\s<>"']+|tg:\/\/[^\s<>"']+/i.exec(words);
  return found?.[0].replace(/[.,;)\]]+$/, "");
}

/** Links that are shared or given in the address only fill the field in: sending stays with the person. */
function takeSharedLink() {
  const given = new URLSearchParams(location.search);
  const link = ["url", "text", "title", "u"].map((name) => given.get(name) && findLink(given.get(name))).find(Boolean);
  if (location.pathname === "/share" || link) history.replaceState(null, "", "/");
  if (link) setLink(link);
}

function setLink(link) {
  $("link").value = link;
  describeLink();
  if (!link) $("link").focus();
}

function describeLink() {
  $("clear").hidden = !$("link").value;
  $("paste").hidden = !!$("link").value;
  $("link-error").textContent = "";
  $("link").removeAttribute("aria-invalid");
  const link = findLink($("link").value);
  const words = link ? wordsOf(link) : "";
  $("about").textContent = words;
  schedulePreview(words ? link : undefined);
}

/** Asks for what the public page says once the person has stopped typing. That there is none is nothing to tell. */
function schedulePreview(link) {
  if (link === previewed) return;
  previewed = link;
  clearTimeout(previewTimer);
  $("preview").hidden = true;
  if (link && navigator.onLine && !$("omnibox").hidden) previewTimer = setTimeout(() => showPreview(link), previewAfter);
}

async function showPreview(link) {
  const page = await api.preview(link).catch(() => undefined);
  if (!page || link !== previewed) return;
  $("preview").querySelector("strong").textContent = page.title;
  $("preview").querySelector("p").textContent = page.description ?? "";
  $("preview").hidden = false;
}

function wordsOf(link) {
  const parts = link.replace(/^\w+:\/\//, "").split(/[?#]/)[0].split("/").slice(1).filter((part) => part && part !== "s");
  const isPrivate = parts[0] === "c";
  const chat = isPrivate ? about.privateChat : `@${parts[0]}`;
  const last = parts.at(-1);
  if (parts.length < 2) return "";
  if (link.includes(`/${parts[0]}/s/`)) return about.story(chat, last);
  const range = /^(\d+)-(\d+)$/.exec(last);
  if (range) return about.range(chat, range[1], range[2]);
  return /^\d+$/.test(last) ? about.message(chat, last) : "";
}

async function paste() {
  try {
    const words = await navigator.clipboard.readText();
    setLink(findLink(words) ?? words.slice(0, 2048));
    $("submit").focus();
  } catch {
    showLinkError(text.pasteRefused);
  }
}

function showLinkError(words) {
  $("link-error").textContent = words;
  $("link").setAttribute("aria-invalid", "true");
  $("link").focus();
}

// -- sending

function readOptions() {
  const languages = $("audio").value.split(/[\s,;]+/).filter(Boolean);
  return {
    container: document.querySelector("[name=format]:checked").value,
    audio: { languages, keep_all: $("all-audio").checked },
    quality: $("quality").value ? { max_height: Number($("quality").value) } : undefined,
    file_name: $("file-name").value.trim() || undefined,
  };
}

async function send(event) {
  event.preventDefault();
  const link = findLink($("link").value);
  if (!link) return showLinkError(text.noLink);
  const request = { link, options: readOptions(), key: crypto.randomUUID() };
  const button = $("submit");
  button.disabled = true;
  button.textContent = text.sending;
  try {
    if (!navigator.onLine) hold(request);
    else place(await api.submit(request), { first: true });
    setLink("");
    $("file-name").value = "";
  } catch (error) {
    if (error.status === 401) await show(false);
    else showLinkError(problem(error));
  } finally {
    button.disabled = false;
    button.textContent = text.submit;
  }
  return schedule();
}

const readHeld = () => JSON.parse(localStorage.getItem(heldKey) ?? "[]");
const writeHeld = (held) => localStorage.setItem(heldKey, JSON.stringify(held));

function hold(request) {
  writeHeld([...readHeld(), request].slice(-mostHeld));
  showHeld();
}

function showHeld() {
  for (const { key, link } of readHeld()) place({ id: key, status: "held", source: { link }, note: text.queuedOffline }, { first: true });
}

/** Sends what was held while offline. A repeated send makes no second job, for the key is the same. */
async function sendHeld() {
  for (const request of readHeld()) {
    try {
      const job = await api.submit(request);
      remove(request.key);
      place(job, { first: true });
    } catch (error) {
      if (error.status === 0 || error.status === 401 || error.status >= 500) return;
      place({ id: request.key, status: "unsent", source: request, note: text.failedToSend, error }, {});
    }
    writeHeld(readHeld().filter((held) => held.key !== request.key));
  }
}

// -- the list

async function refresh() {
  clearTimeout(timer);
  if ($("history").hidden || document.hidden) return;
  try {
    const page = await api.list();
    nextCursor ??= jobs.size <= page.data.length ? page.next_cursor : undefined;
    for (const job of [...page.data].reverse()) place(job, { first: true });
    $("older").hidden = !nextCursor;
    $("empty").hidden = jobs.size > 0;
    showConnection();
  } catch (error) {
    if (error.status === 401) return show(false);
    showConnection(error);
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if ([...jobs.values()].some((job) => !isFinal(job))) timer = setTimeout(refresh, refreshEvery);
}

async function showOlder() {
  const page = await api.list(nextCursor);
  nextCursor = page.next_cursor;
  for (const job of page.data) place(job, {});
  $("older").hidden = !nextCursor;
}

/** Shows a job where it is shown already, else at the top or the end. */
function place(job, { first }) {
  const card = $(`job-${job.id}`);
  jobs.set(job.id, job);
  $("empty").hidden = true;
  if (card) {
    const words = updateCard(card, job);
    if (words) $("live").textContent = words;
  } else {
    const created = createCard(job, { cancel: (id, button) => act(api.cancel, id, button), retry: (id, button) => act(api.retry, id, button) });
    if (first) $("jobs").prepend(created);
    else $("jobs").append(created);
  }
}

function remove(id) {
  jobs.delete(id);
  $(`job-${id}`)?.remove();
}

async function act(what, id, button) {
  button.disabled = true;
  try {
    place(await what(id), {});
  } catch (error) {
    $("live").textContent = problem(error);
  }
  return refresh();
}

// -- the application

function showConnection(error) {
  $("offline").hidden = navigator.onLine && !error;
  if (error) $("offline").textContent = problem(error);
  else $("offline").textContent = text.offline;
}

function offerInstall(event) {
  event.preventDefault();
  $("install").hidden = false;
  $("install").onclick = async () => {
    await event.prompt();
    $("install").hidden = true;
  };
}

async function registerWorker() {
  if (!("serviceWorker" in navigator)) return;
  const policy = globalThis.trustedTypes?.createPolicy("fleet", { createScriptURL: (url) => url });
  const registration = await navigator.serviceWorker.register(policy?.createScriptURL("/sw.js") ?? "/sw.js");
  const offer = (worker) => {
    if (!worker || !navigator.serviceWorker.controller) return;
    $("update").hidden = false;
    $("reload").onclick = () => worker.postMessage("take-over");
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => worker.state === "installed" && offer(worker));
  });
  let controlled = !!navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (controlled) location.reload();
    controlled = true;
  });
}
