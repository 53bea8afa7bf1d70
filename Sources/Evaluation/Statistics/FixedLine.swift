/// What a fixed number of workers costs at each QoS: the lower convex hull of the points (QoS, cost) of static:N.
///
/// It begins at the cheapest point and rises to that of the highest QoS. Points above it are dominated. Costs between
/// two of its points are attained without any control, by drawing one of the two numbers of workers before each episode;
/// that is why the hull, and no curve above it, is what a controller has to be below.
public struct FixedLine: Sendable, Hashable {
    /// A fixed number of workers, averaged over episodes.
    public struct Point: Sendable, Hashable {
        /// A fraction, 0 to 1.
        public var qos: Double
        /// Worker-seconds, or another cost.
        public var cost: Double

        public init(qos: Double, cost: Double) {
            self.qos = qos
            self.cost = cost
        }
    }

    /// The hull, QoS and cost strictly rising. Empty if there were no points.
    public let points: [Point]

    /// The hull of points in any order.
    public init(_ points: [Point]) {
        let sorted = points.sorted { $0.qos != $1.qos ? $0.qos < $1.qos : $0.cost < $1.cost }
        var hull: [Point] = []
        for point in sorted where hull.last?.qos != point.qos {
            // At a lower QoS and dearer: dominated, whatever follows.
            while let last = hull.last, last.cost >= point.cost { hull.removeLast() }
            while hull.count > 1, FixedLine.isAbove(hull[hull.count - 1], from: hull[hull.count - 2], to: point) {
                hull.removeLast()
            }
            hull.append(point)
        }
        self.points = hull
    }

    /// The cost at a QoS; nil where no fixed number of workers, nor a mixture of two, has that QoS.
    public func cost(at qos: Double) -> Double? {
        guard let upper = points.firstIndex(where: { $0.qos >= qos }) else { return nil }
        if points[upper].qos == qos { return points[upper].cost }
        guard upper > 0 else { return nil }
        let (low, high) = (points[upper - 1], points[upper])
        return low.cost + (high.cost - low.cost) * ((qos - low.qos) / (high.qos - low.qos))
    }

    /// Whether a point is on or above the segment between its neighbours.
    private static func isAbove(_ point: Point, from low: Point, to high: Point) -> Bool {
        (point.cost - low.cost) * (high.qos - low.qos) >= (high.cost - low.cost) * (point.qos - low.qos)
    }
}
