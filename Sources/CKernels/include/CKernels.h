#ifndef CKERNELS_H
#define CKERNELS_H

// Float32 kernels for small dense networks. They allocate nothing, keep no state, and do their sums in one order, so that
// equal input gives equal output in every run on one kind of processor. Strides count floats. Rows of results, of right
// factors and of biases are whole groups of CKERNELS_LANES floats; what a caller doesn't need of the last group is 0 there.

#define CKERNELS_LANES 8

/// What `ck_product` does with a sum before it is stored.
enum ck_finish {
    CK_FINISH_PLAIN = 0,
    /// tanh(sum), within 5e-7.
    CK_FINISH_TANH = 1,
    /// max(sum, 0).
    CK_FINISH_RELU = 2,
    /// sum · (1 - y²), with y the output of a tanh.
    CK_FINISH_TANH_GRADIENT = 3,
    /// sum where y > 0, else 0, with y the output of a rectifier.
    CK_FINISH_RELU_GRADIENT = 4
};

/// result[r][c] = finish(bias[c] + Σ over i of left[r][i] · right[i][c]).
///
/// left[r][i] is at left[r · left_row + i · left_step], so that a transposed factor needs no copy. `columns` is a multiple
/// of CKERNELS_LANES. `bias` may be NULL: 0. `outputs` has the form of `result`; it is read by the two gradients only.
void ck_product(
    long rows, long columns, long inner, const float *left, long left_row, long left_step, const float *right,
    long right_row, const float *bias, float *result, long result_row, int finish, const float *outputs);

/// result[c][r] = source[r][c].
void ck_transpose(long rows, long columns, const float *source, long source_row, float *result, long result_row);

/// result[c] = Σ over r of source[r][c].
void ck_column_sums(long rows, long columns, const float *source, long source_row, float *result);

/// Σ values[i]². `count` may be any.
double ck_sum_of_squares(long count, const float *values);

/// values[i] = tanh(values[i]), as CK_FINISH_TANH does it.
void ck_tanh(long count, float *values);

/// One step of Adam (Kingma and Ba, 2015): moments of scale · gradients, then
/// weights -= step · mean / (√square · square_scale + epsilon).
void ck_adam(
    long count, float *weights, const float *gradients, float *means, float *squares, float scale, float beta1,
    float beta2, float step, float square_scale, float epsilon);

/// A step of gated recurrent units (Cho et al., 2014, in the form of torch.nn.GRU), row by row:
/// r = σ(gates.r + recurrent.r), z = σ(gates.z + recurrent.z), n = tanh(gates.n + r · recurrent.n),
/// states = n + z · (previous - n).
///
/// `units` is a multiple of CKERNELS_LANES. Rows of `gates` and `recurrent` are 3 · units: what inputs and what earlier
/// states give, each of r, z and n. `gates` has r, z and n themselves afterwards.
void ck_gru_forward(
    long rows, long units, float *gates, const float *recurrent, const float *previous, float *states);

/// The gradients of such a step, after `ck_gru_forward`.
///
/// The loss's gradient by the states is slopes + carried + through: what the same step's outputs give, and what the next
/// step's previous states do, directly and through its `recurrent`. Gives those by the sums in `gates` and in `recurrent`,
/// and in `carried` the one by `previous` that does not go through `recurrent`.
void ck_gru_backward(
    long rows, long units, const float *gates, const float *recurrent, const float *previous, const float *slopes,
    float *carried, const float *through, float *gate_slopes, float *recurrent_slopes);

/// target[i] += fraction · (source[i] - target[i]).
void ck_blend(long count, float *target, const float *source, float fraction);

#endif
