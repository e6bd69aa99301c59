package main

import (
	"context"
	"time"

	"github.com/getsentry/sentry-go"
)

func startSentry() shop {
	if err := sentry.Init(sentry.ClientOptions{
		Dsn:              told("DSN"),
		Release:          told("RELEASE"),
		Environment:      told("ENVIRONMENT"),
		AttachStacktrace: true,
		EnableTracing:    true,
		TracesSampleRate: 1,
	}); err != nil {
		panic(err)
	}
	header := sentry.ContinueFromHeaders(told("TRACE")+"-00f067aa0ba902b7-1", "")
	span := sentry.StartTransaction(context.Background(), "shop", header)
	sentry.CurrentHub().Scope().SetSpan(span)
	sentry.CurrentHub().Scope().SetUser(sentry.User{ID: told("USER")})
	return shop{
		catch: func(text string) { sentry.CaptureException(reserve(text)) },
		noise: func() { sentry.StartTransaction(context.Background(), "noise").Finish() },
		crash: func(text string) {
			defer func() {
				if problem := recover(); problem != nil {
					sentry.CurrentHub().Recover(problem)
					sentry.Flush(5 * time.Second)
					panic(problem)
				}
			}()
			collapse(text)
		},
		end: func() {
			span.Finish()
			sentry.Flush(10 * time.Second)
		},
	}
}
