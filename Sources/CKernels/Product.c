#include "Lanes.h"

// A tile of ROWS × GROUPS groups of the result stays in registers while the inner index runs. Both are constants wherever
// this is called, so that the loops over them vanish; 6 × 2 is what fits 16 registers with room for the factors.
CK_INLINE void tile(
    const int ROWS, const int GROUPS, long inner, const float *left, long left_row, long left_step, const float *right,
    long right_row, const float *bias, float *result, long result_row, int finish, const float *outputs) {
    lanes sums[6][2];
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 2
        for (int g = 0; g < GROUPS; g++) {
            if (bias)
                CK_LOAD(sums[r][g], bias + g * CKERNELS_LANES);
            else
                sums[r][g] = (lanes){0};
        }
    for (long i = 0; i < inner; i++) {
        lanes factors[2];
#pragma GCC unroll 2
        for (int g = 0; g < GROUPS; g++) CK_LOAD(factors[g], right + i * right_row + g * CKERNELS_LANES);
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; r++) {
            float value = left[r * left_row + i * left_step];
#pragma GCC unroll 2
            for (int g = 0; g < GROUPS; g++) sums[r][g] += value * factors[g];
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 2
        for (int g = 0; g < GROUPS; g++) {
            lanes sum = sums[r][g];
            long at = r * result_row + g * CKERNELS_LANES;
            if (finish == CK_FINISH_TANH) {
                tanh_lanes(&sum);
            } else if (finish == CK_FINISH_RELU) {
                sum = CK_SELECT(sum < 0, (lanes){0}, sum);
            } else if (finish == CK_FINISH_TANH_GRADIENT) {
                lanes y;
                CK_LOAD(y, outputs + at);
                sum *= 1.0f - y * y;
            } else if (finish == CK_FINISH_RELU_GRADIENT) {
                lanes y;
                CK_LOAD(y, outputs + at);
                sum = CK_SELECT(y > 0, sum, (lanes){0});
            }
            CK_STORE(result + at, sum);
        }
}

CK_INLINE void strip(
    const int GROUPS, long rows, long inner, const float *left, long left_row, long left_step, const float *right,
    long right_row, const float *bias, float *result, long result_row, int finish, const float *outputs) {
    long r = 0;
#define CK_TILES(ROWS)                                                                                                   \
    for (; rows - r >= ROWS; r += ROWS)                                                                                  \
    tile(ROWS, GROUPS, inner, left + r * left_row, left_row, left_step, right, right_row, bias,                          \
         result + r * result_row, result_row, finish, outputs ? outputs + r * result_row : 0)
    CK_TILES(6);
    CK_TILES(4);
    CK_TILES(2);
    CK_TILES(1);
#undef CK_TILES
}

CK_CLONES void ck_product(
    long rows, long columns, long inner, const float *left, long left_row, long left_step, const float *right,
    long right_row, const float *bias, float *result, long result_row, int finish, const float *outputs) {
    long c = 0;
    for (; columns - c >= 2 * CKERNELS_LANES; c += 2 * CKERNELS_LANES)
        strip(2, rows, inner, left, left_row, left_step, right + c, right_row, bias ? bias + c : 0, result + c,
              result_row, finish, outputs ? outputs + c : 0);
    for (; columns - c >= CKERNELS_LANES; c += CKERNELS_LANES)
        strip(1, rows, inner, left, left_row, left_step, right + c, right_row, bias ? bias + c : 0, result + c,
              result_row, finish, outputs ? outputs + c : 0);
}
