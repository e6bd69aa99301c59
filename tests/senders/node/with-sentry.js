const Sentry = require("@sentry/node");
const { from, serve } = require("./shop");

Sentry.init({ dsn: from("DSN"), release: from("RELEASE"), environment: from("ENVIRONMENT"), tracesSampleRate: 1 });
Sentry.setUser({ id: from("USER") });

function noise() {
  Sentry.startSpan({ name: "noise", op: "task" }, () => {});
  Sentry.startSession();
  Sentry.endSession();
}

Sentry.continueTrace({ sentryTrace: `${from("TRACE")}-00f067aa0ba902b7-1`, baggage: "" }, () =>
  serve({ capture: (error) => void Sentry.captureException(error), noise, end: () => Sentry.close(60000) }),
);
