/** Books one payment in a thread of its own, which dies of what nobody catches, as Java prints it. */
public class Ledger {
    static class BookingException extends RuntimeException {
        BookingException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static long parse(String amount) {
        return Long.parseLong(amount);
    }

    static void book(int number) {
        try {
            parse(number % 2 == 0 ? "12,50" : null);
        } catch (NumberFormatException cause) {
            throw new BookingException("payment " + (1000 + number) + " was not booked", cause);
        }
    }

    static void close() {
        int[] accounts = new int[3];
        accounts[3] = 1;
    }

    public static void main(String[] arguments) {
        int number = Integer.parseInt(arguments[0]);
        Thread thread = new Thread(number % 3 == 2 ? Ledger::close : () -> book(number), "booking-" + number);
        thread.start();
    }
}
