package com.acme.shop;

import io.sentry.Sentry;
import io.sentry.protocol.User;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A small shop on Spring Boot that fails, and is told to: one command a line on its standard input. */
@SpringBootApplication
@RestController
public class Shop {
    static final class OutOfStockException extends RuntimeException {
        OutOfStockException(String message) {
            super(message);
        }
    }

    static void reserve(String text) {
        throw new OutOfStockException(text);
    }

    @GetMapping("/items")
    public void items(@RequestParam("text") String text) {
        var user = new User();
        user.setId(System.getenv("SENDER_USER"));
        Sentry.setUser(user);
        reserve(text);
    }

    public static void main(String[] arguments) throws Exception {
        var app = (ServletWebServerApplicationContext) SpringApplication.run(Shop.class, arguments);
        String url = "http://127.0.0.1:" + app.getWebServer().getPort() + "/items?text=";
        var client = HttpClient.newHttpClient();
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("catch ")) {
                String text = URLEncoder.encode(line.substring(6), StandardCharsets.UTF_8);
                var request = HttpRequest.newBuilder(URI.create(url + text))
                    .header("sentry-trace", System.getenv("SENDER_TRACE") + "-00f067aa0ba902b7-1").build();
                client.send(request, HttpResponse.BodyHandlers.discarding());
            }
            System.out.println("done");
        }
        Sentry.flush(30_000);
        app.close();
    }
}
