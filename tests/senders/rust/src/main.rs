//! A small shop that tells Sentry what fails: one command a line on its standard input.
use std::fmt;
use std::io::{BufRead, Write};

#[derive(Debug)]
struct OutOfStock(String);

impl fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for OutOfStock {}

#[inline(never)]
fn reserve(text: &str) -> Result<(), OutOfStock> {
    let problem = OutOfStock(text.to_string());
    sentry::capture_error(&problem);
    Err(problem)
}

#[inline(never)]
fn collapse(text: &str) {
    panic!("{text}");
}

fn main() {
    let from = |name: &str| std::env::var(name).unwrap();
    let options = sentry::ClientOptions::new()
        .dsn(&from("SENDER_DSN"))
        .release(from("SENDER_RELEASE"))
        .environment(from("SENDER_ENVIRONMENT"))
        .in_app_include(["shop"])
        .attach_stacktrace(true)
        .traces_sample_rate(1.0)
        .auto_session_tracking(true);
    let _guard = sentry::init(options);
    sentry::start_session();
    let trace = format!("{}-00f067aa0ba902b7-1", from("SENDER_TRACE"));
    let call = sentry::TransactionContext::continue_from_headers("shop", "task", [("sentry-trace", trace.as_str())]);
    let transaction = sentry::start_transaction(call);
    sentry::configure_scope(|scope| {
        scope.set_span(Some(transaction.clone().into()));
        scope.set_user(Some(sentry::User { id: Some(from("SENDER_USER")), ..Default::default() }));
    });
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (command, text) = line.split_once(' ').unwrap_or((&line, ""));
        match command {
            "catch" => {
                let _ = reserve(text);
            }
            "noise" => sentry::start_transaction(sentry::TransactionContext::new("noise", "task")).finish(),
            _ => collapse(text),
        }
        println!("done");
        std::io::stdout().flush().unwrap();
    }
    transaction.finish();
}
