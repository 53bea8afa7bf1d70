/* Several poles held up at once by a client in C: a DEALER socket, JSON, and libzmq alone.
 *
 *     gcc -O2 -o dealer examples/c/dealer.c $(pkg-config --cflags --libs libzmq)
 *     ./dealer tcp://127.0.0.1:5555 4 200
 *
 * A REQ socket waits for each reply before it sends again. A DEALER socket does not: here every session has a request
 * under way, and replies are taken as they come. An empty frame goes before each request, as REQ would send it.
 *
 * The protocol is in protocol/v1/specification.md. A reply that does not come in time is asked for again with the same
 * bytes, which the server executes once. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { MAX_POLES = 64, ID_SIZE = 80, REQUEST_SIZE = 512, PATIENCE_MS = 2000, ATTEMPTS = 5 };

typedef struct {
    char session[ID_SIZE];
    char request[REQUEST_SIZE]; /* the last one, to be sent again */
    long id;                    /* of that request */
    int is_waiting;
    int is_over;
    double total;
} Pole;

static void *server;

static int fail(const char *what, const char *detail) {
    fprintf(stderr, "dealer: %s: %s\n", what, detail);
    return 0;
}

static int send_request(Pole *pole) {
    pole->is_waiting = 1;
    if (zmq_send(server, "", 0, ZMQ_SNDMORE) < 0 || zmq_send(server, pole->request, strlen(pole->request), 0) < 0)
        return fail("cannot send", zmq_strerror(zmq_errno()));
    return 1;
}

/* The reply that comes next, to be freed; NULL when none does in time. */
static char *receive(void) {
    zmq_pollitem_t item = {server, 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, PATIENCE_MS) <= 0) return NULL;
    zmq_msg_t frame;
    char *text = NULL;
    int is_more = 1;
    while (is_more) {
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, server, 0) < 0) break;
        is_more = zmq_msg_more(&frame);
        if (!is_more) {
            size_t size = zmq_msg_size(&frame);
            text = malloc(size + 1);
            if (text != NULL) {
                memcpy(text, zmq_msg_data(&frame), size);
                text[size] = 0;
            }
        }
        zmq_msg_close(&frame);
    }
    return text;
}

/* What follows `"name":` in a JSON text, where it comes first; NULL where it does not. */
static const char *after(const char *text, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *place = text == NULL ? NULL : strstr(text, key);
    return place == NULL ? NULL : place + strlen(key) + strspn(place + strlen(key), " ");
}

static int is_error(const char *reply) {
    if (after(reply, "error") == NULL) return 0;
    fail("the server answered", reply);
    return 1;
}

/* Which pole's session a reply belongs to; -1: nobody's. */
static int owner(const char *reply, const Pole *poles, int count) {
    const char *session = after(reply, "session_id");
    for (int index = 0; session != NULL && index < count; index++) {
        size_t size = strlen(poles[index].session);
        if (size > 0 && strncmp(session + 1, poles[index].session, size) == 0) return index;
    }
    return -1;
}

static int make(Pole *pole) {
    snprintf(pole->request, sizeof pole->request, "{\"make\":{\"id\":\"faasfarm/CartPole-v1\"}}");
    if (!send_request(pole)) return 0;
    char *reply = receive();
    if (reply == NULL) return fail("no reply to make", "is a server running there?");
    const char *session = after(reply, "session_id");
    int is_made = !is_error(reply) && session != NULL && sscanf(session, "\"%79[^\"]\"", pole->session) == 1;
    free(reply);
    pole->is_waiting = 0;
    return is_made;
}

static int begin(Pole *pole, int seed) {
    snprintf(pole->request, sizeof pole->request,
             "{\"request_id\":%ld,\"session_id\":\"%.79s\",\"reset\":{\"seeds\":[{\"decimal\":\"%d\"}]}}", ++pole->id,
             pole->session, seed);
    return send_request(pole);
}

/* Pushes to the side that the pole leans and falls to. */
static int step(Pole *pole, const char *reply) {
    double place, speed, angle, turn;
    const char *values = after(after(reply, "observation"), "values");
    if (values == NULL || sscanf(values, "[%lf, %lf, %lf, %lf", &place, &speed, &angle, &turn) != 4)
        return fail("no observation of four numbers in", reply);
    int action = angle + 0.3 * turn + 0.01 * place + 0.02 * speed > 0;
    snprintf(pole->request, sizeof pole->request,
             "{\"request_id\":%ld,\"session_id\":\"%.79s\",\"step\":{\"action\":{\"integer\":%d}}}", ++pole->id,
             pole->session, action);
    return send_request(pole);
}

static int end(Pole *pole) {
    pole->is_over = 1;
    snprintf(pole->request, sizeof pole->request, "{\"request_id\":%ld,\"session_id\":\"%.79s\",\"close\":{}}", ++pole->id,
             pole->session);
    return send_request(pole);
}

/* Takes a reply, and sends the pole's next request. */
static int advance(Pole *pole, const char *reply, int steps) {
    const char *id = after(reply, "request_id");
    /* A late second reply to what was asked for twice. */
    if (id == NULL || atol(id + (*id == '"')) != pole->id) return 1;
    if (is_error(reply)) return 0;
    pole->is_waiting = 0;
    if (pole->is_over) return 1;
    const char *reward = after(reply, "reward");
    if (reward != NULL) pole->total += atof(reward);
    if (after(reply, "terminated") != NULL || after(reply, "truncated") != NULL || pole->total >= steps)
        return end(pole);
    return step(pole, reply);
}

static int play(Pole *poles, int count, int steps) {
    for (int index = 0; index < count; index++)
        if (!make(&poles[index])) return 0;
    for (int index = 0; index < count; index++)
        if (!begin(&poles[index], index)) return 0;
    int silent = 0;
    for (;;) {
        int waiting = 0;
        for (int index = 0; index < count; index++) waiting += poles[index].is_waiting;
        if (waiting == 0) return 1;
        char *reply = receive();
        if (reply == NULL) {
            if (++silent == ATTEMPTS) return fail("no reply", "the server is gone");
            for (int index = 0; index < count; index++)
                if (poles[index].is_waiting && !send_request(&poles[index])) return 0;
            continue;
        }
        silent = 0;
        int index = owner(reply, poles, count);
        int is_well = index < 0 || advance(&poles[index], reply, steps);
        free(reply);
        if (!is_well) return 0;
    }
}

int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[2]) : 4, steps = argc > 3 ? atoi(argv[3]) : 200;
    if (argc < 2 || argv[1][0] == '-' || count < 1 || count > MAX_POLES || steps < 1) {
        fprintf(stderr, "usage: dealer ENDPOINT [POLES (1 to %d) [STEPS]]\n", MAX_POLES);
        return 2;
    }
    static Pole poles[MAX_POLES];
    void *context = zmq_ctx_new();
    server = zmq_socket(context, ZMQ_DEALER);
    int none = 0;
    zmq_setsockopt(server, ZMQ_LINGER, &none, sizeof none);
    /* An IPv6 address stands in brackets: tcp://[::1]:5555. */
    int is_ipv6 = strchr(argv[1], '[') != NULL;
    zmq_setsockopt(server, ZMQ_IPV6, &is_ipv6, sizeof is_ipv6);
    int is_well = zmq_connect(server, argv[1]) == 0 || fail(argv[1], zmq_strerror(zmq_errno()));
    is_well = is_well && play(poles, count, steps);
    for (int index = 0; is_well && index < count; index++)
        printf("pole %d stood for %.0f steps\n", index, poles[index].total);
    zmq_close(server);
    zmq_ctx_term(context);
    return is_well ? 0 : 1;
}
