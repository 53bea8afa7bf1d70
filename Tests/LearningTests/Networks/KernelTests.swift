import CKernels
import Foundation
import Randomness
import Testing

@Suite struct KernelTests {
    private func random(_ count: Int, _ generator: inout PCG64) -> [Float] {
        (0..<count).map { _ in Float(2 * generator.nextDouble() - 1) }
    }

    @Test("Products of all shapes are those of three loops in double precision, and touch nothing else")
    func products() {
        var generator = PCG64(seed: Seed(1))
        for trial in 0..<200 {
            let rows = Int.random(in: 1...20, using: &generator)
            let inner = Int.random(in: 1...33, using: &generator)
            let columns = 8 * Int.random(in: 1...5, using: &generator)
            let isTransposed = trial % 2 == 1
            let left = random(rows * inner, &generator)
            let right = random(inner * columns, &generator)
            let bias = random(columns, &generator)
            let hasBias = trial % 3 == 0
            var result = [Float](repeating: 77, count: rows * columns + 8)
            ck_product(
                rows, columns, inner, left, isTransposed ? 1 : inner, isTransposed ? rows : 1, right, columns,
                hasBias ? bias : nil, &result, columns, Int32(CK_FINISH_PLAIN.rawValue), nil)
            var largest = 0.0
            for row in 0..<rows {
                for column in 0..<columns {
                    var sum = hasBias ? Double(bias[column]) : 0
                    for index in 0..<inner {
                        let factor = isTransposed ? left[index * rows + row] : left[row * inner + index]
                        sum += Double(factor) * Double(right[index * columns + column])
                    }
                    largest = max(largest, abs(sum - Double(result[row * columns + column])))
                }
            }
            #expect(largest < 1e-5, "rows \(rows), inner \(inner), columns \(columns)")
            #expect(result.suffix(8).allSatisfy { $0 == 77 })
        }
    }

    @Test("tanh is within 5e-7 everywhere, odd, 1 at infinity, and not-a-number for not-a-number")
    func tanhError() {
        var values = (-2_000...2_000).map { Float($0) * 0.005 }
        let inputs = values
        ck_tanh(values.count, &values)
        let error = zip(inputs, values).map { abs(tanh(Double($0)) - Double($1)) }.max() ?? 1
        #expect(error < 5e-7)
        #expect(zip(values, values.reversed()).allSatisfy { $0 == -$1 })
        var ends: [Float] = [.infinity, -.infinity, .nan]
        ck_tanh(3, &ends)
        #expect(abs(ends[0] - 1) < 5e-7 && abs(ends[1] + 1) < 5e-7 && ends[2].isNaN)
    }

    @Test("Finishes of a product: rectifier, and the gradients of tanh and rectifier by their outputs")
    func finishes() {
        let sums: [Float] = [-2, -1, -0.5, 0, 0.25, 0.5, 1, 2]
        let outputs: [Float] = [-0.9, 0, 0.5, 0, 0.25, -0.5, 0.9, 1]
        func finished(_ finish: ck_finish) -> [Float] {
            var result = [Float](repeating: 0, count: 8)
            ck_product(1, 8, 1, [1], 1, 1, sums, 8, nil, &result, 8, Int32(finish.rawValue), outputs)
            return result
        }
        #expect(finished(CK_FINISH_RELU) == sums.map { max($0, 0) })
        #expect(finished(CK_FINISH_RELU_GRADIENT) == zip(sums, outputs).map { $1 > 0 ? $0 : 0 })
        let gradients = zip(sums, outputs).map { $0 * (1 - $1 * $1) }
        #expect(zip(finished(CK_FINISH_TANH_GRADIENT), gradients).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test("Sums, transposition and blending, for counts that are no multiple of the lanes")
    func elementwise() {
        var generator = PCG64(seed: Seed(2))
        for count in [1, 7, 8, 9, 31] {
            let values = random(count, &generator)
            let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
            #expect(abs(ck_sum_of_squares(count, values) - squares) < 1e-12)
            var target = random(count, &generator)
            let expected = zip(target, values).map { $0 + 0.25 * ($1 - $0) }
            ck_blend(count, &target, values, 0.25)
            #expect(zip(target, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        let source: [Float] = [1, 2, 3, 4, 5, 6]
        var turned = [Float](repeating: 0, count: 6)
        ck_transpose(2, 3, source, 3, &turned, 2)
        #expect(turned == [1, 4, 2, 5, 3, 6])
        var sums = [Float](repeating: 9, count: 3)
        ck_column_sums(2, 3, source, 3, &sums)
        #expect(sums == [5, 7, 9])
    }
}
