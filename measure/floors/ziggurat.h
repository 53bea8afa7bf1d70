/* Normal and exponential numbers by the ziggurat method (Marsaglia and Tsang, Journal of Statistical Software 5(8),
 * 2000), 256 layers, from one 64-bit word nearly always. Included by farm_floor.c, which has
 * Stream, next_word and uniform. */
enum { LAYERS = 256 };
static const double NORMAL_TAIL = 3.6541528853610088, NORMAL_AREA = 0.00492867323399;
static const double EXPONENTIAL_TAIL = 7.69711747013104972, EXPONENTIAL_AREA = 0.0039496598225815571993;

/* Right ends of the layers, widest first, and the density there. Element 0 is the base strip with its tail. */
static double normal_x[LAYERS + 1], normal_y[LAYERS + 1], exponential_x[LAYERS + 1], exponential_y[LAYERS + 1];

static void prepare_sampling(void) {
    normal_x[0] = NORMAL_AREA / exp(-0.5 * NORMAL_TAIL * NORMAL_TAIL);
    exponential_x[0] = EXPONENTIAL_AREA / exp(-EXPONENTIAL_TAIL);
    normal_x[1] = NORMAL_TAIL;
    exponential_x[1] = EXPONENTIAL_TAIL;
    for (int i = 2; i < LAYERS; i++) {
        double x = normal_x[i - 1], e = exponential_x[i - 1];
        normal_x[i] = sqrt(-2 * log(NORMAL_AREA / x + exp(-0.5 * x * x)));
        exponential_x[i] = -log(EXPONENTIAL_AREA / e + exp(-e));
    }
    normal_x[LAYERS] = exponential_x[LAYERS] = 0;
    for (int i = 0; i <= LAYERS; i++) {
        normal_y[i] = exp(-0.5 * normal_x[i] * normal_x[i]);
        exponential_y[i] = exp(-exponential_x[i]);
    }
}

static inline double exponential(Stream *s) {
    for (double shift = 0;;) {
        uint64_t word = next_word(s);
        unsigned layer = word & (LAYERS - 1);
        double x = (double)(word >> 11) * 0x1p-53 * exponential_x[layer];
        if (x < exponential_x[layer + 1]) return shift + x;
        if (layer == 0) {
            /* The tail is the whole curve again, further right. */
            shift += EXPONENTIAL_TAIL;
        } else if (exponential_y[layer] + uniform(s) * (exponential_y[layer + 1] - exponential_y[layer]) < exp(-x)) {
            return shift + x;
        }
    }
}

static inline double normal(Stream *s) {
    for (;;) {
        uint64_t word = next_word(s);
        unsigned layer = word & (LAYERS - 1);
        double side = word & LAYERS ? -1 : 1;
        double x = (double)(word >> 11) * 0x1p-53 * normal_x[layer];
        if (x < normal_x[layer + 1]) return side * x;
        if (layer == 0) {
            double beyond, height;
            do {
                beyond = exponential(s) / NORMAL_TAIL;
                height = exponential(s);
            } while (2 * height < beyond * beyond);
            return side * (NORMAL_TAIL + beyond);
        }
        if (normal_y[layer] + uniform(s) * (normal_y[layer + 1] - normal_y[layer]) < exp(-0.5 * x * x)) return side * x;
    }
}
