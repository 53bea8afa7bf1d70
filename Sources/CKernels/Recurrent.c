#include "Lanes.h"

// The logistic function by tanh, whose error it halves.
CK_INLINE void sigmoid_lanes(lanes *value) {
    *value *= 0.5f;
    tanh_lanes(value);
    *value = *value * 0.5f + 0.5f;
}

CK_CLONES void ck_gru_forward(
    long rows, long units, float *gates, const float *recurrent, const float *previous, float *states) {
    for (long r = 0; r < rows; r++) {
        float *gate = gates + r * 3 * units;
        const float *part = recurrent + r * 3 * units;
        for (long u = 0; u < units; u += CKERNELS_LANES) {
            lanes reset, update, candidate, term, before;
            CK_LOAD(reset, gate + u);
            CK_LOAD(term, part + u);
            reset += term;
            sigmoid_lanes(&reset);
            CK_LOAD(update, gate + units + u);
            CK_LOAD(term, part + units + u);
            update += term;
            sigmoid_lanes(&update);
            CK_LOAD(candidate, gate + 2 * units + u);
            CK_LOAD(term, part + 2 * units + u);
            candidate += reset * term;
            tanh_lanes(&candidate);
            CK_LOAD(before, previous + r * units + u);
            CK_STORE(gate + u, reset);
            CK_STORE(gate + units + u, update);
            CK_STORE(gate + 2 * units + u, candidate);
            lanes state = candidate + update * (before - candidate);
            CK_STORE(states + r * units + u, state);
        }
    }
}

CK_CLONES void ck_gru_backward(
    long rows, long units, const float *gates, const float *recurrent, const float *previous, const float *slopes,
    float *carried, const float *through, float *gate_slopes, float *recurrent_slopes) {
    for (long r = 0; r < rows; r++) {
        const float *gate = gates + r * 3 * units;
        float *by_gate = gate_slopes + r * 3 * units;
        float *by_part = recurrent_slopes + r * 3 * units;
        for (long u = 0; u < units; u += CKERNELS_LANES) {
            lanes reset, update, candidate, term, before, slope, other;
            long at = r * units + u;
            CK_LOAD(reset, gate + u);
            CK_LOAD(update, gate + units + u);
            CK_LOAD(candidate, gate + 2 * units + u);
            CK_LOAD(term, recurrent + r * 3 * units + 2 * units + u);
            CK_LOAD(before, previous + at);
            CK_LOAD(slope, slopes + at);
            CK_LOAD(other, carried + at);
            slope += other;
            CK_LOAD(other, through + at);
            slope += other;
            lanes kept = slope * update;
            CK_STORE(carried + at, kept);
            lanes by_update = slope * (before - candidate) * update * (1.0f - update);
            lanes by_candidate = slope * (1.0f - update) * (1.0f - candidate * candidate);
            lanes by_reset = by_candidate * term * reset * (1.0f - reset);
            lanes by_term = by_candidate * reset;
            CK_STORE(by_gate + u, by_reset);
            CK_STORE(by_gate + units + u, by_update);
            CK_STORE(by_gate + 2 * units + u, by_candidate);
            CK_STORE(by_part + u, by_reset);
            CK_STORE(by_part + units + u, by_update);
            CK_STORE(by_part + 2 * units + u, by_term);
        }
    }
}
