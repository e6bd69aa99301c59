# A small shop that fails, and is told to: one command a line on its standard input.
require "sentry-ruby"

class OutOfStockError < StandardError; end

def reserve(text)
  raise OutOfStockError, text
end

def told(name)
  ENV.fetch("SENDER_#{name}")
end

Sentry.init do |config|
  config.dsn = told("DSN")
  config.release = told("RELEASE")
  config.environment = told("ENVIRONMENT")
  config.app_dirs_pattern = /shop\.rb/
  config.traces_sample_rate = 1.0
end
Sentry.set_user(id: told("USER"))
transaction = Sentry::Transaction.from_sentry_trace("#{told("TRACE")}-00f067aa0ba902b7-1", name: "shop", op: "task")
Sentry.get_current_scope.set_span(transaction)

$stdin.each_line do |line|
  command, text = line.chomp.split(" ", 2)
  case command
  when "catch"
    begin
      reserve(text)
    rescue OutOfStockError => error
      Sentry.capture_exception(error)
    end
  when "noise"
    Sentry.start_transaction(name: "noise", op: "task").finish
  else
    reserve(text)
  end
  puts "done"
  $stdout.flush
end
Sentry.background_worker.shutdown
