// What the shop's page runs. `TOLD` is put in when it is built.
import * as Sentry from "@sentry/browser";

class OutOfStockError extends Error {
  constructor(message) {
    super(message);
    this.name = "OutOfStockError";
  }
}

function reserve(text) {
  throw new OutOfStockError(text);
}

document.head.insertAdjacentHTML("beforeend", `<meta name="sentry-trace" content="${TOLD.TRACE}-00f067aa0ba902b7-1">`);
Sentry.init({
  dsn: TOLD.DSN,
  release: TOLD.RELEASE,
  environment: TOLD.ENVIRONMENT,
  integrations: [Sentry.browserTracingIntegration()],
  tracesSampleRate: 1,
  transport: Sentry.makeBrowserOfflineTransport(Sentry.makeFetchTransport),
});
Sentry.setUser({ id: TOLD.USER });

// How many errors the SDK keeps in the browser until somebody answers.
async function kept() {
  if (!(await indexedDB.databases()).some(({ name }) => name === "sentry-offline")) return 0;
  return new Promise((done) => {
    const open = indexedDB.open("sentry-offline");
    open.onsuccess = () => {
      const count = open.result.transaction("queue").objectStore("queue").count();
      count.onsuccess = () => done(count.result);
    };
  });
}

const pause = (time) => new Promise((done) => setTimeout(done, time));

async function end() {
  await pause(500);
  await Sentry.flush(8000);
  for (let tries = 0; tries < 70 && (await kept()); tries++) await pause(1000);
}

window.shop = {
  capture(text) {
    try {
      reserve(text);
    } catch (error) {
      Sentry.captureException(error);
    }
  },
  noise: () => Sentry.startSpan({ name: "noise", op: "task" }, () => {}),
  crash: (text) => void setTimeout(() => reserve(text), 1),
  end,
};
