import Farm
import Testing

@Suite struct EvenSharesTests {
    @Test func sharesAreEvenWithinBounds() {
        #expect(EvenShares.of(7, floors: [0, 0, 0]) == [3, 2, 2])
        #expect(EvenShares.of(7, floors: [0, 0, 0], ceilings: [1, nil, nil]) == [1, 3, 3])
        #expect(EvenShares.of(2, floors: [1, 1, 1]) == [1, 1, 1])
        #expect(EvenShares.of(9, floors: [0, 0], ceilings: [2, 3]) == [2, 3])
        #expect(EvenShares.of(0, floors: [0, 0]) == [0, 0] && EvenShares.of(3, floors: []) == [])
    }
}
