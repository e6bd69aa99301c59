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
  end: () => new Promise((done) => setTimeout(done, 500)).then(() => Sentry.flush(8000)),
};
