/* Round trips a second of a bare libzmq REQ to a bare ROUTER in another process: what a message costs when nothing is done
 * with it.
 *
 *   echo_floor ENDPOINT REQUEST_BYTES REPLY_BYTES SECONDS
 *
 * Prints one JSON line. The ROUTER's process ends with this one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static int echo(const char *endpoint, size_t length, int ready) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    char *reply = calloc(length ? length : 1, 1);
    if (!reply || zmq_bind(socket, endpoint) != 0) return 1;
    if (write(ready, "", 1) != 1) return 1;
    for (;;) {
        zmq_msg_t address, frame;
        zmq_msg_init(&address);
        if (zmq_msg_recv(&address, socket, 0) < 0) return 1;
        for (int more = 1; more; more = zmq_msg_more(&frame)) {
            zmq_msg_init(&frame);
            if (zmq_msg_recv(&frame, socket, 0) < 0) return 1;
            if (!zmq_msg_more(&frame)) break;
            zmq_msg_close(&frame);
        }
        zmq_msg_close(&frame);
        zmq_msg_send(&address, socket, ZMQ_SNDMORE);
        zmq_send(socket, "", 0, ZMQ_SNDMORE);
        zmq_send(socket, reply, length, 0);
    }
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: echo_floor ENDPOINT REQUEST_BYTES REPLY_BYTES SECONDS\n");
        return 2;
    }
    size_t request_bytes = strtoul(words[2], NULL, 10), reply_bytes = strtoul(words[3], NULL, 10);
    double limit = strtod(words[4], NULL);
    int ready[2];
    if (pipe(ready) != 0) return 1;
    pid_t child = fork();
    if (child == 0) return echo(words[1], reply_bytes, ready[1]);
    close(ready[1]);
    char byte;
    if (child < 0 || read(ready[0], &byte, 1) != 1) {
        fprintf(stderr, "echo_floor: cannot listen on %s\n", words[1]);
        return 1;
    }
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_REQ);
    int patience = 10000;
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    char *request = calloc(request_bytes ? request_bytes : 1, 1), *room = malloc(reply_bytes + 1);
    if (!request || !room || zmq_connect(socket, words[1]) != 0) return 1;
    long trips = 0;
    double begun = 0;
    for (int warm = 1; warm >= 0; warm--) {
        double end = seconds() + (warm ? 0.1 : limit);
        begun = seconds();
        for (trips = 0; seconds() < end; trips++) {
            if (zmq_send(socket, request, request_bytes, 0) < 0 || zmq_recv(socket, room, reply_bytes + 1, 0) < 0) {
                fprintf(stderr, "echo_floor: no reply\n");
                return 1;
            }
        }
    }
    printf("{\"round_trips_per_second\": %.1f}\n", trips / (seconds() - begun));
    kill(child, SIGKILL);
    return 0;
}
