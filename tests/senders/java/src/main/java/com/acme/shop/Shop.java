package com.acme.shop;

import java.io.BufferedReader;
import java.io.InputStreamReader;

/** A small shop that fails, and is told to: one command a line on its standard input. */
public final class Shop {
    static final class OutOfStockException extends RuntimeException {
        OutOfStockException(String message) {
            super(message);
        }
    }

    /** What a way of telling has to do. */
    interface Teller {
        void capture(RuntimeException error);

        void noise();

        void end();
    }

    static void reserve(String text) {
        throw new OutOfStockException(text);
    }

    static String told(String name) {
        return System.getenv("SENDER_" + name);
    }

    public static void main(String[] arguments) throws Exception {
        Teller teller = switch (arguments[0]) {
            case "sentry" -> new WithSentry();
            case "logback" -> new WithLogback();
            case "logs" -> new WithOtlp(false);
            default -> new WithOtlp(true);
        };
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ", 2);
            switch (words[0]) {
                case "catch" -> {
                    try {
                        reserve(words[1]);
                    } catch (OutOfStockException error) {
                        teller.capture(error);
                    }
                }
                case "noise" -> teller.noise();
                default -> reserve(words[1]);
            }
            System.out.println("done");
        }
        teller.end();
    }
}
