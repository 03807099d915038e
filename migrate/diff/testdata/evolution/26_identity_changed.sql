-- part: tickets
CREATE SEQUENCE ticket_numbers AS bigint START 2000 INCREMENT 1;
CREATE TABLE tickets (number bigint PRIMARY KEY DEFAULT nextval('ticket_numbers'), line int GENERATED ALWAYS AS IDENTITY);
