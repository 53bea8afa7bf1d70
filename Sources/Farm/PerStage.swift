/// A value for each stage of a farm, in the order in which tasks pass the stages; one at least.
///
///     var staffing: Staffing = PerStage(4)           // of a farm of one stage
///     let bounds = scenario.stages.map(\.workers)    // again one a stage
///
/// The first value is kept in place, so that what a farm of one stage needs is had without allocating.
public struct PerStage<Element> {
    public var first: Element
    /// Those of the second stage and the further ones.
    public var rest: [Element]

    @inlinable
    public init(_ first: Element, _ rest: [Element] = []) {
        self.first = first
        self.rest = rest
    }

    /// - Returns: nil when there are no elements.
    public init?(_ elements: some Sequence<Element>) {
        let elements = Array(elements)
        guard let first = elements.first else { return nil }
        self.init(first, Array(elements.dropFirst()))
    }

    @inlinable
    public func map<Other>(_ transform: (Element) throws -> Other) rethrows -> PerStage<Other> {
        PerStage<Other>(try transform(first), rest.isEmpty ? [] : try rest.map(transform))
    }

    @inlinable
    public func forEach(_ body: (Element) throws -> Void) rethrows {
        try body(first)
        for element in rest { try body(element) }
    }

    /// Of what each stage has, the sum.
    @inlinable
    public func sum<Number: AdditiveArithmetic>(_ number: (Element) -> Number) -> Number {
        rest.isEmpty ? number(first) : rest.reduce(number(first)) { $0 + number($1) }
    }
}

extension PerStage: RandomAccessCollection, MutableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { 1 + rest.count }

    @inlinable
    public subscript(index: Int) -> Element {
        get { index == 0 ? first : rest[index - 1] }
        set { if index == 0 { first = newValue } else { rest[index - 1] = newValue } }
    }
}

extension PerStage: Sendable where Element: Sendable {}
extension PerStage: Equatable where Element: Equatable {}
extension PerStage: Hashable where Element: Hashable {}

/// Workers asked for, one number a stage.
public typealias Staffing = PerStage<Int>
