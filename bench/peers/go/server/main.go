// The current-user service over gRPC as it is usually written in Go.
//
// grpc-go with an interceptor that verifies each token with golang-jwt, one prepared SELECT
// through gocql, and the defaults of each library. PORT, CASSANDRA_PORT, KEYSPACE and SECRET_KEY
// say where and with what.
package main

import (
	"log"
	"net"
	"os"
	"strconv"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"google.golang.org/grpc"

	pb "getme/bench/peers/go/gen/getme/v1"
)

func main() {
	session, err := connect()
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(authenticating(os.Getenv("SECRET_KEY"))))
	pb.RegisterUserServiceServer(server, &userService{session: session})
	log.Fatal(server.Serve(listener))
}

func connect() (*gocql.Session, error) {
	port, err := strconv.Atoi(os.Getenv("CASSANDRA_PORT"))
	if err != nil {
		return nil, err
	}
	cluster := gocql.NewCluster("127.0.0.1")
	cluster.Port = port
	cluster.Keyspace = os.Getenv("KEYSPACE")
	return cluster.CreateSession()
}
