/// The weights that an episode's last steps touched, and how much of them.
struct TraceList {
    private var indices: [Int] = []
    private var values: [Float] = []

    mutating func visit(_ index: Int, replacing: Bool) {
        if let place = indices.firstIndex(of: index) {
            values[place] = replacing ? 1 : values[place] + 1
        } else {
            indices.append(index)
            values.append(1)
        }
    }

    func apply(_ step: Float, to weights: inout [Float]) {
        for (index, value) in zip(indices, values) { weights[index] += step * value }
    }

    /// Fades all of them, and forgets those that are below the threshold.
    mutating func decay(by factor: Float, threshold: Float) {
        var kept = 0
        for place in indices.indices {
            let value = values[place] * factor
            guard value >= threshold else { continue }
            indices[kept] = indices[place]
            values[kept] = value
            kept += 1
        }
        indices.removeLast(indices.count - kept)
        values.removeLast(values.count - kept)
    }

    mutating func clear() {
        indices.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }
}
