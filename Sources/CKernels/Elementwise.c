#include "Lanes.h"

void ck_transpose(long rows, long columns, const float *source, long source_row, float *result, long result_row) {
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < columns; c++) result[c * result_row + r] = source[r * source_row + c];
}

CK_CLONES void ck_column_sums(long rows, long columns, const float *source, long source_row, float *result) {
    for (long c = 0; c < columns; c++) result[c] = 0;
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < columns; c++) result[c] += source[r * source_row + c];
}

CK_CLONES double ck_sum_of_squares(long count, const float *values) {
    // Eight sums side by side, added up in one order at the end.
    double sums[CKERNELS_LANES] = {0};
    long i = 0;
    for (; count - i >= CKERNELS_LANES; i += CKERNELS_LANES)
        for (int lane = 0; lane < CKERNELS_LANES; lane++) {
            double value = values[i + lane];
            sums[lane] += value * value;
        }
    for (int lane = 0; i + lane < count; lane++) {
        double value = values[i + lane];
        sums[lane] += value * value;
    }
    double sum = 0;
    for (int lane = 0; lane < CKERNELS_LANES; lane++) sum += sums[lane];
    return sum;
}

CK_CLONES void ck_tanh(long count, float *values) {
    long i = 0;
    lanes group;
    for (; count - i >= CKERNELS_LANES; i += CKERNELS_LANES) {
        CK_LOAD(group, values + i);
        tanh_lanes(&group);
        CK_STORE(values + i, group);
    }
    group = (lanes){0};
    for (long lane = 0; i + lane < count; lane++) group[lane] = values[i + lane];
    tanh_lanes(&group);
    for (long lane = 0; i + lane < count; lane++) values[i + lane] = group[lane];
}

CK_INLINE void square_root(lanes *value) {
#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_sqrt)
    *value = __builtin_elementwise_sqrt(*value);
    return;
#endif
#endif
    for (int lane = 0; lane < CKERNELS_LANES; lane++) (*value)[lane] = sqrtf((*value)[lane]);
}

CK_INLINE void adam_lanes(
    lanes *weight, const lanes *slope, lanes *mean, lanes *square, float scale, float beta1, float beta2, float step,
    float square_scale, float epsilon) {
    lanes gradient = *slope * scale;
    *mean += (1.0f - beta1) * (gradient - *mean);
    *square += (1.0f - beta2) * (gradient * gradient - *square);
    lanes root = *square;
    square_root(&root);
    *weight -= step * *mean / (root * square_scale + epsilon);
}

CK_CLONES void ck_adam(
    long count, float *weights, const float *gradients, float *means, float *squares, float scale, float beta1,
    float beta2, float step, float square_scale, float epsilon) {
    for (long i = 0; i < count; i += CKERNELS_LANES) {
        lanes weight = {0}, gradient = {0}, mean = {0}, square = {0};
        if (count - i >= CKERNELS_LANES) {
            CK_LOAD(weight, weights + i);
            CK_LOAD(gradient, gradients + i);
            CK_LOAD(mean, means + i);
            CK_LOAD(square, squares + i);
            adam_lanes(&weight, &gradient, &mean, &square, scale, beta1, beta2, step, square_scale, epsilon);
            CK_STORE(weights + i, weight);
            CK_STORE(means + i, mean);
            CK_STORE(squares + i, square);
        } else {
            for (long lane = 0; i + lane < count; lane++) {
                weight[lane] = weights[i + lane];
                gradient[lane] = gradients[i + lane];
                mean[lane] = means[i + lane];
                square[lane] = squares[i + lane];
            }
            adam_lanes(&weight, &gradient, &mean, &square, scale, beta1, beta2, step, square_scale, epsilon);
            for (long lane = 0; i + lane < count; lane++) {
                weights[i + lane] = weight[lane];
                means[i + lane] = mean[lane];
                squares[i + lane] = square[lane];
            }
        }
    }
}

CK_CLONES void ck_blend(long count, float *target, const float *source, float fraction) {
    for (long i = 0; i < count; i++) target[i] += fraction * (source[i] - target[i]);
}
