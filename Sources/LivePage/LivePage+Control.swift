import HTTPTypes
import Hummingbird
public import Steering

extension LivePage {
    /// Who may act through the page, and how.
    public struct Control: Sendable {
        let token: [UInt8]
        let desk: SteeringDesk

        /// - Parameters:
        ///   - token: which a request has to bring as `Authorization: Bearer TOKEN`; nil is made of an empty one.
        ///   - desk: where actions go.
        public init?(token: String, desk: SteeringDesk) {
            guard !token.isEmpty else { return nil }
            (self.token, self.desk) = (Array(token.utf8), desk)
        }

        /// Why a request may not act; nil: it may. A form of somebody else's page cannot set the header, and a script of another
        /// origin is told apart by what its browser says.
        func refusal(of request: Request) -> (status: HTTPResponse.Status, reason: String)? {
            guard request.method == .post else { return (.methodNotAllowed, "actions are POSTs") }
            if let origin = request.headers[.origin] {
                let host = request.head.authority ?? ""
                guard origin == "http://\(host)" || origin == "https://\(host)" else {
                    return (.forbidden, "requests of other pages are not taken")
                }
            }
            let given = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1).map(String.init)
            guard given.count == 2, given[0].lowercased() == "bearer", isToken(given[1]) else {
                return (.unauthorized, "the token is wrong; it is --page-token's")
            }
            return nil
        }

        /// Takes as long for a wrong byte at the beginning as for one at the end.
        private func isToken(_ text: String) -> Bool {
            let given = Array(text.utf8)
            var difference = UInt8(given.count == token.count ? 0 : 1)
            for (index, byte) in token.enumerated() { difference |= byte ^ (index < given.count ? given[index] : 0) }
            return difference == 0
        }
    }
}

extension SteeringAction {
    init?(_ name: String, direction: Substring?) {
        switch name {
        case "pause":
            guard let way = SteeringSettings.Direction(rawValue: String(direction ?? "both")) else { return nil }
            self = .pause(way)
        case "resume": self = .resume
        case "promote": self = .promote
        case "revert": self = .revert
        default: return nil
        }
    }

    /// For people.
    var words: String {
        switch self {
        case .pause(let direction): "pause (\(direction.rawValue))"
        case .resume: "resume"
        case .promote: "promote"
        case .revert: "revert"
        }
    }
}
