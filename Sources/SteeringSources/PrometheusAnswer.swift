import Foundation

/// What Prometheus answers to a query of a moment: one number with its time.
struct PrometheusAnswer: Sendable, Hashable {
    /// Seconds since 1970 that it was evaluated for.
    var time: Double
    /// nil: the query found nothing.
    var value: Double?

    struct Failure: Error, Sendable, Hashable {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// - Throws: what came instead of a number.
    init(json: [UInt8]) throws(Failure) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json))
        } catch {
            throw Failure("got what is no answer of Prometheus's; check that the address is its")
        }
        guard document.status == "success" else {
            throw Failure("refused: \(document.error ?? document.errorType ?? "no reason was given")")
        }
        switch document.data?.result {
        case .scalar(let point)?: self = try PrometheusAnswer(point)
        case .vector(let points)?:
            guard points.count <= 1 else {
                throw Failure("got \(points.count) series, expected one number; put sum(…) or max(…) around it")
            }
            guard let point = points.first else {
                (time, value) = (0, nil)
                return
            }
            guard let point else {
                throw Failure("got a histogram, expected one number; put histogram_sum(…) or so around it")
            }
            self = try PrometheusAnswer(point)
        case .other(let kind)?: throw Failure("got a \(kind), expected one number: a scalar, or a vector of one")
        case nil: throw Failure("got no result, expected one number")
        }
    }

    private init(_ point: Document.Point) throws(Failure) {
        guard let value = Double(point.value) else { throw Failure("got \"\(point.value)\", expected a number") }
        (time, self.value) = (point.time, value)
    }

    private struct Document: Decodable {
        let status: String
        let errorType: String?
        let error: String?
        let data: Content?

        struct Point: Decodable {
            let time: Double
            let value: String

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                (time, value) = (try values.decode(Double.self), try values.decode(String.self))
            }
        }

        struct Series: Decodable {
            let value: Point?
        }

        struct Content: Decodable {
            enum Result {
                case scalar(Point)
                case vector([Point?])
                case other(String)
            }

            let result: Result

            private enum Keys: String, CodingKey {
                case resultType, result
            }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: Keys.self)
                result =
                    switch try values.decode(String.self, forKey: .resultType) {
                    case "scalar": .scalar(try values.decode(Point.self, forKey: .result))
                    case "vector": .vector(try values.decode([Series].self, forKey: .result).map(\.value))
                    case let other: .other(other)
                    }
            }
        }
    }
}
