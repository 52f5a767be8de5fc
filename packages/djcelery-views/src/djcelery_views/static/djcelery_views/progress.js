"use strict";

// Progress bars of Celery tasks. Each <progress data-celery-events="/celery/ID/events/"> follows
// its task; djcelery.follow(bar) does that for a bar that is made later. A task reports how far it
// is by update_state(state="PROGRESS", meta={"current": 3, "total": 10}). The bar has the state in
// data-celery-state, and each state is an event on it: "celery-state", with the task in its detail.

const djcelery = (() => {
  const FINAL = ["SUCCESS", "FAILURE", "REVOKED", "REJECTED", "IGNORED"];
  const PAUSES_MS = [1000, 2000, 5000, 10000, 30000];
  const followed = new WeakMap();

  function show(bar, task) {
    const { current, total } = task.result ?? {};
    if (task.status === "SUCCESS") bar.value = bar.max;
    else if (Number.isFinite(current) && total > 0) bar.value = bar.max * current / total;
    else if (FINAL.includes(task.status) && bar.position < 0) bar.value = 0; // it moves no more
    bar.dataset.celeryState = task.status;
    bar.dispatchEvent(new CustomEvent("celery-state", { bubbles: true, detail: task }));
  }

  function connect(bar, url, failures) {
    const source = new EventSource(url);
    followed.set(bar, () => source.close());
    source.addEventListener("message", (event) => {
      failures = 0;
      const { task } = JSON.parse(event.data);
      if (FINAL.includes(task.status)) source.close();
      show(bar, task);
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // the browser connects again itself
      if (failures === PAUSES_MS.length) {
        bar.dispatchEvent(new CustomEvent("celery-lost", { bubbles: true }));
        return;
      }
      const timer = setTimeout(connect, PAUSES_MS[failures], bar, url, failures + 1);
      followed.set(bar, () => clearTimeout(timer));
    });
  }

  // Follow the task whose events are at `url`, or no longer the one before.
  function follow(bar, url = bar.dataset.celeryEvents) {
    followed.get(bar)?.();
    connect(bar, url, 0);
  }

  function unfollow(bar) {
    followed.get(bar)?.();
  }

  function followAll() {
    for (const bar of document.querySelectorAll("progress[data-celery-events]")) follow(bar);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", followAll);
  else followAll();
  return { follow, unfollow };
})();
