public import Farm

/// The pools of a backend, lent to one farm each.
public actor FarmPools {
    private let name: String
    private var free: [PoolConfiguration]
    private let count: Int
    private var lent = 0

    /// - Parameter name: the backend's name, for messages.
    public init(name: String, pools: [PoolConfiguration]) {
        self.name = name
        free = pools
        count = pools.count
    }

    /// Lends a pool.
    ///
    /// A private pool gets function names of its own each time, because the last farm's
    /// functions may still be draining.
    ///
    /// - Throws: ``FarmError/Kind/busy`` when all are lent.
    public func acquire() throws(FarmError) -> PoolConfiguration {
        guard !free.isEmpty else {
            throw FarmError(
                .busy,
                "all \(count) pools of the backend \"\(name)\" are in use by other sessions; close one, or give the daemon more pools"
            )
        }
        lent += 1
        var pool = free.removeFirst()
        if pool.isPrivate { pool.functions = pool.functions.map { "\($0)-\(lent)" } }
        return pool
    }

    /// Takes a pool back.
    public func release(_ pool: PoolConfiguration) {
        var pool = pool
        if pool.isPrivate {
            pool.functions = pool.functions.map { String($0.prefix(upTo: $0.lastIndex(of: "-") ?? $0.endIndex)) }
        }
        free.append(pool)
    }
}
