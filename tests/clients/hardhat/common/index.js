// The class that errors of Hardhat and its plugins are of.
exports.CustomError = class CustomError extends Error {
  constructor(message, parent) {
    super(message, { cause: parent });
    this.name = this.constructor.name;
  }
};
