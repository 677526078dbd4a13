"use strict";
const $ = (id) => document.getElementById(id);

/** An answer of the server; addresses are relative, for a server may live under a path. */
async function ask(path, options = {}) {
  const key = sessionStorage.getItem("ptts-key");
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const answer = await fetch(path, { ...options, headers }).catch((error) => {
    throw error instanceof TypeError ? new Error("The server can’t be reached.") : error;
  });
  if (answer.ok) return answer;
  if (answer.status === 401) { $("key-form").hidden = false; $("key").focus(); }
  const body = await answer.json().catch(() => null);
  throw new Error(body?.error?.message ?? `The server answered ${answer.status}.`);
}

function say(message, wrong = false) {
  $("status").textContent = message;
  $("status").classList.toggle("wrong", wrong);
}

/** Begin, and once more when a key was given. */
function beginWith(introduce) {
  $("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem("ptts-key", $("key").value);
    $("key").value = "";
    introduce().then(() => { $("key-form").hidden = true; say(""); }, (error) => say(error.message, true));
  });
  introduce().catch((error) => say(error.message, true));
}
