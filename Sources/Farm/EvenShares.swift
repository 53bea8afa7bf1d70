/// How a number of workers is shared among units that hold several each, such as functions with replicas.
///
///     EvenShares.of(7, floors: [0, 0, 0])                               // [3, 2, 2]
///     EvenShares.of(7, floors: [0, 0, 0], ceilings: [1, nil, nil])      // [1, 3, 3]
public enum EvenShares {
    /// Evenly, within what each unit takes; the first units get what is left over.
    ///
    /// - Parameters:
    ///   - floors: the fewest of each unit, 0 or more, which it has also where that is more than `count` in all.
    ///   - ceilings: the most of each unit; nil, and a place that is missing: any number.
    public static func of(_ count: Int, floors: [Int], ceilings: [Int?] = []) -> [Int] {
        var shares = floors
        var rest = count - shares.reduce(0, +)
        while rest > 0 {
            let open = shares.indices.filter { shares[$0] < (($0 < ceilings.count ? ceilings[$0] : nil) ?? .max) }
            guard let least = open.map({ shares[$0] }).min() else { break }
            for index in open where shares[index] == least && rest > 0 {
                shares[index] += 1
                rest -= 1
            }
        }
        return shares
    }
}
