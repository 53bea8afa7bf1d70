import Gymnasium
import Testing

@testable import EnvironmentValidation

@Suite("Elements to try")
struct SpaceElementsTests {
    private static let spaces: [Space] =
        [
            (DType.int64, 0x1p62), (.int64, -0x1p62), (.int32, 7), (.uint8, 254), (.float32, 1e30), (.float64, 1e300),
            (.float16, 3_000), (.float32, 0.1),
        ].map { dtype, high in
            .box(.init(dtype: dtype, shape: [2], low: [min(0, high)], high: [high]))
        } + [
            .discrete(.init(n: 3, start: (1 << 62) + 1)), .discrete(.init(n: 1, start: -9)),
            .multiDiscrete(.init(shape: [2], nvec: [3, 1], start: [(1 << 62) + 1, -5])), .multiBinary(shape: [3]),
        ]

    @Test("are elements, and what is outside is none, also where numbers lie further apart than 1", arguments: spaces)
    func membership(space: Space) throws {
        for k in 0..<7 {
            let element = try space.element(k)
            #expect(throws: Never.self) { try space.element(from: element) }
        }
        let outside = try #require(space.outside)
        let error = #expect(throws: SpaceMismatch.self) { try space.element(from: outside) }
        #expect(error?.kind == .range)
    }

    @Test(
        "have nothing outside where the element type ends",
        arguments: [
            Space.box(.init(dtype: .uint8, shape: [1], low: [0], high: [255])),
            .box(.init(dtype: .int64, shape: [1], low: [0], high: [0x1p63])),
            .box(.init(dtype: .float32, shape: [1], low: [0], high: [.infinity])),
            .box(.init(dtype: .bool, shape: [1], low: [0], high: [1])),
            .discrete(.init(n: 2, start: .max - 1)),
        ])
    func nothing(space: Space) throws {
        #expect(space.outside == nil)
        let element = try space.element(1)
        #expect(throws: Never.self) { try space.element(from: element) }
    }
}
