/// The set an observation or an action is taken from (`gymnasium.spaces`).
public indirect enum Space: Sendable, Hashable {
    case box(Box)
    case discrete(Discrete)
    case multiDiscrete(MultiDiscrete)
    case multiBinary(shape: [Int])
    case text(Text)
    /// Keys in ascending order.
    case dict([Entry])
    case tuple([Space])

    /// An array with a lower and an upper bound for every element (`spaces.Box`).
    public struct Box: Sendable, Hashable {
        public let dtype: DType
        public let shape: [Int]
        /// One bound an element in row-major order, or a single one for all. May be infinite.
        public let low: [Double]
        public let high: [Double]

        public init(dtype: DType = .float32, shape: [Int], low: [Double], high: [Double]) {
            self.dtype = dtype
            self.shape = shape
            self.low = low
            self.high = high
        }
    }

    /// The integers `start ..< start + n` (`spaces.Discrete`).
    public struct Discrete: Sendable, Hashable {
        public let n: Int64
        public let start: Int64

        public init(n: Int64, start: Int64 = 0) {
            self.n = n
            self.start = start
        }
    }

    /// An array of integers, element i in `start[i] ..< start[i] + nvec[i]` (`spaces.MultiDiscrete`).
    public struct MultiDiscrete: Sendable, Hashable {
        public let shape: [Int]
        public let nvec: [Int64]
        public let start: [Int64]

        public init(shape: [Int], nvec: [Int64], start: [Int64]) {
            self.shape = shape
            self.nvec = nvec
            self.start = start
        }
    }

    /// Strings of bounded length over a set of characters (`spaces.Text`).
    public struct Text: Sendable, Hashable {
        public let minLength: Int
        public let maxLength: Int
        public let charset: String

        public init(minLength: Int, maxLength: Int, charset: String) {
            self.minLength = minLength
            self.maxLength = maxLength
            self.charset = charset
        }
    }

    /// A named part of a dict space.
    public struct Entry: Sendable, Hashable {
        public let key: String
        public let space: Space

        public init(_ key: String, _ space: Space) {
            self.key = key
            self.space = space
        }
    }
}
