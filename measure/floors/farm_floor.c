/* The farm of README.md in C: how fast a simulator of it can be on one core.
 *
 *   gcc -O3 -DZIGGURAT -o farm_floor farm_floor.c -lm
 *   ./farm_floor [random|hold|trace] [EPISODES] [REPETITIONS] [SEED]
 *
 * The next arrival is a scalar; the heap holds completions and workers that start, so it has 40 entries at most. Three
 * PCG64 streams, for arrivals, service times and random actions, run on through all episodes. Prints one JSON line.
 * Without -DZIGGURAT exponential and normal numbers come from the C library's log, by inversion and the polar method.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEPS = 30, SEGMENTS = 6, MIN_WORKERS = 1, MAX_WORKERS = 20, INITIAL_WORKERS = 4 };
/* A power of two. An episode has 2,800 tasks on average, with a standard deviation of 53. */
enum { QUEUE_SLOTS = 8192 };
enum { MAX_REPETITIONS = 101 };

static const double STEP_SECONDS = 8.0, SEGMENT_SECONDS = 40.0, START_SECONDS = 5.0, DEADLINE_SECONDS = 2.0;
static const double RATES[SEGMENTS] = {4, 8, 16, 24, 12, 6};
static const double LOG_SD = 0.5;
static const double LOG_MEAN = -0.69314718055994531 - 0.125; /* log(mean 0.5 s) - LOG_SD^2 / 2 */

/* PCG64: XSL-RR 128/64, the generator and constants of NumPy's PCG64. */
typedef struct {
    __uint128_t state, increment;
} Stream;

static inline uint64_t next_word(Stream *s) {
    const __uint128_t multiplier = (__uint128_t)0x2360ED051FC65DA4u << 64 | 0x4385DF649FCCF645u;
    s->state = s->state * multiplier + s->increment;
    uint64_t mixed = (uint64_t)(s->state >> 64) ^ (uint64_t)s->state;
    unsigned turn = (unsigned)(s->state >> 122);
    return mixed >> turn | mixed << (-turn & 63);
}

static Stream stream(uint64_t seed, uint64_t number) {
    Stream s = {.state = 0, .increment = (__uint128_t)number << 1 | 1};
    next_word(&s);
    /* SplitMix64, so that neighbouring seeds begin far apart. */
    for (int half = 0; half < 2; half++) {
        seed += 0x9E3779B97F4A7C15u;
        uint64_t z = seed;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        s.state += (__uint128_t)(z ^ z >> 31) << 64 * half;
    }
    next_word(&s);
    return s;
}

/* Uniform on (0, 1), never 0 or 1. */
static inline double uniform(Stream *s) {
    return ((double)(next_word(s) >> 11) + 0.5) * 0x1p-53;
}

#ifdef ZIGGURAT
#include "ziggurat.h"
static const char SAMPLING[] = "ziggurat";
#else
static const char SAMPLING[] = "inversion";
static void prepare_sampling(void) {}

static inline double exponential(Stream *s) {
    return -log(uniform(s));
}

/* Marsaglia's polar method, which makes two numbers at once. Only the service times draw from it. */
static inline double normal(Stream *s) {
    static double spare;
    static bool has_spare = false;
    if (has_spare) {
        has_spare = false;
        return spare;
    }
    double x, y, square;
    do {
        x = 2 * uniform(s) - 1;
        y = 2 * uniform(s) - 1;
        square = x * x + y * y;
    } while (square >= 1);
    double scale = sqrt(-2 * log(square) / square);
    spare = y * scale;
    has_spare = true;
    return x * scale;
}
#endif

typedef struct {
    double time;
    double arrived; /* of the task that ends; negative: a worker that has started */
} Event;

typedef struct {
    Stream arrivals, service;

    Event heap[2 * MAX_WORKERS + 1];
    int events;
    double queue[QUEUE_SLOTS];
    uint32_t head, tail;
    double next_arrival;
    int ready, busy, starting, retiring;

    /* Of the window. */
    long emitted, completed, met;
    double response_seconds;
} Farm;

static inline void push(Farm *f, double time, double arrived) {
    int at = f->events++;
    while (at > 0) {
        int parent = (at - 1) / 2;
        if (f->heap[parent].time <= time) break;
        f->heap[at] = f->heap[parent];
        at = parent;
    }
    f->heap[at] = (Event){time, arrived};
}

static inline Event pop(Farm *f) {
    Event first = f->heap[0], last = f->heap[--f->events];
    int at = 0;
    for (int child = 1; child < f->events; child = 2 * at + 1) {
        if (child + 1 < f->events && f->heap[child + 1].time < f->heap[child].time) child++;
        if (f->heap[child].time >= last.time) break;
        f->heap[at] = f->heap[child];
        at = child;
    }
    f->heap[at] = last;
    return first;
}

/* Exact for rates that are constant in pieces: one unit exponential is spent over the segments. */
static inline double arrival_after(Farm *f, double time) {
    double budget = exponential(&f->arrivals);
    for (int segment = (int)(time / SEGMENT_SECONDS); segment < SEGMENTS; segment++) {
        double end = (segment + 1) * SEGMENT_SECONDS, room = (end - time) * RATES[segment];
        if (budget < room) return time + budget / RATES[segment];
        budget -= room;
        time = end;
    }
    return INFINITY;
}

static inline void begin(Farm *f, double now, double arrived) {
    f->busy++;
    push(f, now + exp(LOG_MEAN + LOG_SD * normal(&f->service)), arrived);
}

static inline void begin_queued(Farm *f, double now) {
    if (f->head != f->tail) begin(f, now, f->queue[f->head++ % QUEUE_SLOTS]);
}

static void reset(Farm *f) {
    f->events = 0;
    f->head = f->tail = 0;
    f->ready = INITIAL_WORKERS;
    f->busy = f->starting = f->retiring = 0;
    f->next_arrival = arrival_after(f, 0);
}

static void decide(Farm *f, double now, int action) {
    if (action > 0 && f->ready - f->retiring + f->starting < MAX_WORKERS) {
        f->starting++;
        push(f, now + START_SECONDS, -1);
    } else if (action < 0 && f->ready - f->retiring > MIN_WORKERS) {
        if (f->busy < f->ready)
            f->ready--;
        else
            f->retiring++;
    }
}

static void advance(Farm *f, double end) {
    f->emitted = f->completed = f->met = 0;
    f->response_seconds = 0;
    for (;;) {
        double first = f->events ? f->heap[0].time : INFINITY;
        if (f->next_arrival <= first) {
            double now = f->next_arrival;
            if (now >= end) return;
            f->emitted++;
            if (f->busy < f->ready)
                begin(f, now, now);
            else
                f->queue[f->tail++ % QUEUE_SLOTS] = now;
            f->next_arrival = arrival_after(f, now);
            continue;
        }
        if (first >= end) return;
        Event event = pop(f);
        if (event.arrived < 0) {
            f->starting--;
            f->ready++;
            begin_queued(f, event.time);
            continue;
        }
        double response = event.time - event.arrived;
        f->completed++;
        f->response_seconds += response;
        f->met += response <= DEADLINE_SECONDS;
        f->busy--;
        if (f->retiring) {
            f->retiring--;
            f->ready--;
        } else {
            begin_queued(f, event.time);
        }
    }
}

/* One decision and its window. Writes the nine numbers of an observation, gives the reward. */
static double step(Farm *f, int k, int action, float observation[9]) {
    decide(f, k * STEP_SECONDS, action);
    advance(f, (k + 1) * STEP_SECONDS);
    int live = f->ready - f->retiring + f->starting;
    uint32_t waiting = f->tail - f->head;
    double share = f->completed ? (double)f->met / (double)f->completed : waiting ? 0 : 1;
    double completed = (double)f->completed;
    const double seen[9] = {waiting,
                            f->busy,
                            f->ready - f->retiring,
                            f->starting,
                            (double)f->emitted / STEP_SECONDS,
                            completed / STEP_SECONDS,
                            share,
                            f->completed ? f->response_seconds / completed : 0,
                            (k + 1.0) / STEPS};
    for (int i = 0; i < 9; i++) observation[i] = (float)seen[i];
    return share - 0.5 * live / MAX_WORKERS;
}

static int action_at(const char *policy, Stream *actions, int k) {
    switch (policy[0]) {
    case 'r': return (int)(((__uint128_t)next_word(actions) * 3) >> 64) - 1;
    case 't': return k < 12 ? 1 : k < 18 ? 0 : -1;
    default: return 0;
    }
}

static double processor_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **words) {
    const char *policy = count > 1 ? words[1] : "random";
    long episodes = count > 2 ? atol(words[2]) : 3000;
    int repetitions = count > 3 ? atoi(words[3]) : 7;
    uint64_t seed = count > 4 ? strtoull(words[4], NULL, 10) : 1;
    bool known = !strcmp(policy, "random") || !strcmp(policy, "hold") || !strcmp(policy, "trace");
    if (!known || episodes < 2 || repetitions < 1 || repetitions > MAX_REPETITIONS) {
        fprintf(stderr, "farm_floor [random|hold|trace] [EPISODES, 2 or more] [REPETITIONS, 1 to %d] [SEED]\n",
                MAX_REPETITIONS);
        return 2;
    }
    static Farm farm;
    prepare_sampling();
    farm.arrivals = stream(seed, 0);
    farm.service = stream(seed, 1);
    Stream actions = stream(seed, 2);
    double speeds[MAX_REPETITIONS], sum = 0, squares = 0, met = 0;
    long tasks = 0;
    for (int r = 0; r < repetitions; r++) {
        long before = tasks;
        double begun = processor_seconds();
        for (long e = 0; e < episodes; e++) {
            double total = 0;
            float observation[9];
            reset(&farm);
            for (int k = 0; k < STEPS; k++) {
                total += step(&farm, k, action_at(policy, &actions, k), observation);
                tasks += farm.emitted;
                met += observation[6];
            }
            sum += total;
            squares += total * total;
        }
        speeds[r] = (double)(tasks - before) / (processor_seconds() - begun);
    }
    qsort(speeds, (size_t)repetitions, sizeof speeds[0], ascending);
    double n = (double)episodes * repetitions, mean = sum / n;
    printf("{\"program\": \"farm_floor\", \"sampling\": \"%s\", \"policy\": \"%s\", \"episodes\": %.0f, "
           "\"seed\": %llu, \"tasks_per_cpu_second\": {\"least\": %.0f, \"median\": %.0f, \"most\": %.0f}, "
           "\"mean_return\": %.4f, \"standard_error\": %.4f, \"tasks_per_episode\": %.1f, \"mean_share_met\": %.4f}\n",
           SAMPLING, policy, n, (unsigned long long)seed, speeds[0], speeds[repetitions / 2], speeds[repetitions - 1],
           mean, sqrt((squares / n - mean * mean) / (n - 1)), (double)tasks / n, met / (n * STEPS));
    return 0;
}
