//! What programs say for their developer to read, on debug chains only. Free of ink.

use crate::hostio::frame::{Escape, Host};

impl Host<'_> {
    pub(crate) fn log_txt(&mut self, text: u32, length: u32) -> Result<(), Escape> {
        let text = self.read(text, length)?;
        self.note(&[&text], &[]);
        let text = String::from_utf8_lossy(&text).into_owned();
        self.say(text);
        Ok(())
    }

    pub(crate) fn log_i32(&mut self, value: u32) -> Result<(), Escape> {
        self.tee_i32(value).map(drop)
    }

    pub(crate) fn log_i64(&mut self, value: u64) -> Result<(), Escape> {
        self.tee_i64(value).map(drop)
    }

    pub(crate) fn log_f32(&mut self, value: f32) -> Result<(), Escape> {
        self.tee_f32(value).map(drop)
    }

    pub(crate) fn log_f64(&mut self, value: f64) -> Result<(), Escape> {
        self.tee_f64(value).map(drop)
    }

    pub(crate) fn tee_i32(&mut self, value: u32) -> Result<u32, Escape> {
        self.note(&[&value.to_be_bytes()], &[]);
        self.say(value.to_string());
        Ok(value)
    }

    pub(crate) fn tee_i64(&mut self, value: u64) -> Result<u64, Escape> {
        self.note(&[&value.to_be_bytes()], &[]);
        self.say(value.to_string());
        Ok(value)
    }

    pub(crate) fn tee_f32(&mut self, value: f32) -> Result<f32, Escape> {
        self.note(&[&value.to_be_bytes()], &[]);
        self.say(value.to_string());
        Ok(value)
    }

    pub(crate) fn tee_f64(&mut self, value: f64) -> Result<f64, Escape> {
        self.note(&[&value.to_be_bytes()], &[]);
        self.say(value.to_string());
        Ok(value)
    }

    fn say(&mut self, text: String) {
        let program = self.acting();
        self.machine().hear(program, text);
    }

    pub(crate) fn null_host(&mut self) -> Result<(), Escape> {
        Ok(())
    }

    /// Marks where a prover's benchmark starts; nothing is measured here.
    pub(crate) fn start_benchmark(&mut self) -> Result<(), Escape> {
        Ok(())
    }

    pub(crate) fn end_benchmark(&mut self) -> Result<(), Escape> {
        Ok(())
    }
}
