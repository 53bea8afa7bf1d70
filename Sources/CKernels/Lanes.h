#ifndef CKERNELS_LANES_H
#define CKERNELS_LANES_H

#include "CKernels.h"
#include <math.h>

// A function marked CK_CLONES is compiled for three levels of x86-64, and the program's start picks the best that the
// processor has. Elsewhere it is compiled once.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#endif
#ifndef CK_CLONES
#define CK_CLONES
#endif

#define CK_INLINE static inline __attribute__((always_inline))

typedef float lanes __attribute__((vector_size(4 * CKERNELS_LANES)));
typedef int int_lanes __attribute__((vector_size(4 * CKERNELS_LANES)));

// Macros, since a function with parameters this wide would have another calling convention in each clone.
#define CK_LOAD(target, pointer) __builtin_memcpy(&(target), (pointer), sizeof(lanes))
#define CK_STORE(pointer, source) __builtin_memcpy((pointer), &(source), sizeof(lanes))
#define CK_SELECT(mask, yes, no) ((lanes)(((int_lanes)(yes) & (mask)) | ((int_lanes)(no) & ~(mask))))

// tanh by the ratio of two polynomials that is the minimax fit on [-7.9, 7.9] (the coefficients are those of Eigen's
// ptanh_float); outside, tanh is 1 in float.
CK_INLINE void tanh_lanes(lanes *value) {
    const lanes high = {7.90531110763549805f, 7.90531110763549805f, 7.90531110763549805f, 7.90531110763549805f,
                        7.90531110763549805f, 7.90531110763549805f, 7.90531110763549805f, 7.90531110763549805f};
    lanes x = *value;
    // A comparison with not-a-number is false, so that one passes through.
    x = CK_SELECT(x > high, high, x);
    x = CK_SELECT(x < -high, -high, x);
    lanes s = x * x;
    lanes p = s * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = p * s + -8.60467152213735e-11f;
    p = p * s + 5.12229709037114e-08f;
    p = p * s + 1.48572235717979e-05f;
    p = p * s + 6.37261928875436e-04f;
    p = p * s + 4.89352455891786e-03f;
    lanes q = s * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = q * s + 2.26843463243900e-03f;
    q = q * s + 4.89352518554385e-03f;
    *value = x * p / q;
}

#endif
