"use strict";

// Shows what /progress/ answers, and asks again: often while tasks are running, else now and then.
// The bar of a task that reports its progress is that of djcelery_views/progress.js.

const BUSY_MS = 500, IDLE_MS = 3000;
const FINAL = ["SUCCESS", "FAILURE", "REVOKED"];
const WORDS = {
  PENDING: "waiting", RECEIVED: "waiting", STARTED: "running", PROGRESS: "running",
  RETRY: "will be tried again", SUCCESS: "done", FAILURE: "failed", REVOKED: "revoked",
};
const byId = (id) => document.getElementById(id);
let timer;

function node(list, template, key) {
  const known = list.querySelector(`:scope > [data-key="${key}"]`);
  if (known) return known;
  const made = byId(template).content.firstElementChild.cloneNode(true);
  made.dataset.key = key;
  return made;
}

function showAll(list, template, items, show) {
  const nodes = items.map((item) => {
    const element = node(list, template, item.id);
    show(element, item);
    return element;
  });
  for (const old of [...list.children]) if (!nodes.includes(old)) old.remove();
  nodes.forEach((element, place) => {
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
}

function showState(element, state) {
  element.textContent = WORDS[state] ?? state.toLowerCase();
  element.dataset.state = state;
}

function showTime(element, moment) {
  element.dateTime = moment;
  element.textContent = new Date(moment).toLocaleTimeString();
}

function showProblem(element, text) {
  element.hidden = !text;
  element.textContent = text;
}

function showAlbum(element, album) {
  element.id = `album-${album.id}`;
  element.querySelector("h3").textContent = `Album ${album.id}`;
  showTime(element.querySelector("time"), album.created_at);
  const developing = album.done === album.total && !FINAL.includes(album.state);
  showState(element.querySelector(".state"), album.state);
  if (!FINAL.includes(album.state)) {
    element.querySelector(".state").textContent = developing
      ? "building the contact sheet" : `${album.done} of ${album.total} thumbnails`;
    element.querySelector(".state").dataset.state = "STARTED";
  }
  const bar = element.querySelector("progress");
  bar.max = album.total + 1;
  bar.value = album.done + (album.state === "SUCCESS" ? 1 : 0);
  bar.hidden = FINAL.includes(album.state);
  showProblem(element.querySelector(".problem"), album.error);
  const pictures = album.pictures.map((picture, id) => ({ id, ...picture }));
  showAll(element.querySelector(".pictures"), "picture", pictures, showPicture);
  const sheet = element.querySelector(".sheet");
  sheet.hidden = !album.sheet;
  if (album.sheet && sheet.getAttribute("href") !== album.sheet) {
    sheet.href = sheet.querySelector("img").src = album.sheet;
  }
}

function showPicture(element, picture) {
  const image = element.querySelector("img");
  if (picture.thumbnail && image.getAttribute("src") !== picture.thumbnail) {
    image.src = picture.thumbnail;
    image.alt = picture.name;
  }
  element.querySelector("a").href = picture.url;
  element.querySelector("figcaption").textContent =
    picture.error ? `${picture.name}: ${picture.error}` : picture.name;
  element.dataset.state = picture.state;
}

function showTrial(element, trial) {
  element.querySelector("strong").textContent = trial.label;
  showState(element.querySelector(".state"), trial.state);
  showTime(element.querySelector("time"), trial.started_at);
  element.querySelector("p").textContent = trial.error || trial.detail;
  const bar = element.querySelector("progress");
  bar.hidden = trial.events === null;
  if (trial.events !== null && bar.dataset.celeryEvents !== trial.events) {
    bar.dataset.celeryEvents = trial.events;
    bar.addEventListener("celery-state", ({ detail }) => {
      if (FINAL.includes(detail.status)) poll();
    });
    djcelery.follow(bar);
  }
}

function showEntry(element, entry) {
  element.querySelector("strong").textContent = entry.name;
  const next = element.querySelector("time");
  next.hidden = !entry.next_run_at;
  if (entry.next_run_at) showTime(next, entry.next_run_at);
  const runs = `${entry.runs} ${entry.runs === 1 ? "run" : "runs"}`;
  const told = [entry.schedule, runs, entry.detail];
  element.querySelector("p").textContent = told.filter(Boolean).join(", ");
}

function show(progress) {
  byId("no-albums").hidden = progress.albums.length > 0;
  showAll(byId("albums"), "album", progress.albums, showAlbum);
  showAll(byId("trials"), "trial", progress.trials, showTrial);
  showAll(byId("schedule"), "entry", progress.schedule, showEntry);
}

async function poll() {
  clearTimeout(timer);
  let wait = IDLE_MS;
  try {
    const response = await fetch("/progress/");
    if (response.ok) {
      const progress = await response.json();
      show(progress);
      wait = progress.active ? BUSY_MS : IDLE_MS;
    }
  } catch {
    // the site is being restarted: ask again later
  }
  timer = setTimeout(poll, wait);
}

async function startTrial(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const response = await fetch(form.action, {
    method: "POST", body: new FormData(form), redirect: "manual",
  });
  if (response.type === "opaqueredirect") await poll();
  else form.submit();
}

function takeDrops(form) {
  const area = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  input.addEventListener("change", () => form.submit());
  for (const kind of ["dragenter", "dragover"]) {
    area.addEventListener(kind, (event) => {
      event.preventDefault();
      area.classList.add("over");
    });
  }
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.submit();
  });
}

document.documentElement.classList.add("scripted");
const progress = JSON.parse(byId("progress").textContent);
show(progress);
takeDrops(byId("upload"));
for (const form of document.querySelectorAll(".trial-form")) {
  form.addEventListener("submit", startTrial);
}
if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
timer = setTimeout(poll, progress.active ? BUSY_MS : IDLE_MS);
