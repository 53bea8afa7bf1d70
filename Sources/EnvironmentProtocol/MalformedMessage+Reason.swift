import SwiftProtobuf

/// What the protobuf library found wrong, in sentences. Its errors are names of its own cases.
extension MalformedMessage {
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as JSONDecodingError: reason(error)
        case let error as BinaryDecodingError: reason(error)
        default: "\(error)"
        }
    }

    private static func reason(_ error: JSONDecodingError) -> String {
        switch error {
        case .conflictingOneOf:
            "two things are said where one is meant: a request asks for one thing (hello, make, reset, step, …), and a "
                + "value is of one kind (array, dict, tuple, text, number, integer, boolean)"
        case .malformedNumber:
            "a number is expected where none stands; a whole number must not have a fraction, an exponent beyond its "
                + "range or spaces, and NaN and infinities are the strings \"NaN\", \"Infinity\" and \"-Infinity\""
        case .numberRange: "a number is out of the range of its field; integers end at 2^63 - 1"
        // The library says so of a number beyond a double's range too.
        case .invalidUTF8: "a number is beyond the range of double precision, or the text is not UTF-8"
        case .malformedBool: "true or false is expected, without quotation marks, where something else stands"
        case .malformedString: "a text is expected where none stands, or one has a faulty escape"
        case .malformedMap, .schemaMismatch: "a field holds something of another kind than the schema has there"
        case .missingFieldNames: "a value has no name of a field before it"
        case .unrecognizedEnumValue: "a name stands where the schema has a list of names, and is none of them"
        case .illegalNull: "null stands where something must be said; leave the field out"
        case .unquotedMapKey: "the name of a field has no quotation marks"
        case .leadingZero: "a number begins with a zero; write it without"
        case .truncated: "the text ends too early; is a bracket or a quotation mark missing?"
        case .trailingGarbage: "something stands after the closing bracket"
        case .messageDepthLimit: "values are nested too deep"
        default: "the text is not JSON, or a field holds something of another kind than the schema has there"
        }
    }

    private static func reason(_ error: BinaryDecodingError) -> String {
        switch error {
        case .truncated: "the bytes end too early"
        case .invalidUTF8: "a text is not UTF-8"
        case .messageDepthLimit: "values are nested too deep"
        case .trailingGarbage: "something stands after the message"
        default: "the bytes do not follow the schema; JSON, for people, begins with {"
        }
    }
}
